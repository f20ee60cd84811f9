import { keyOf } from './key-file.ts'
import { ownerToken } from './sub-keys.ts'
import { issueTicket } from './tickets.ts'

/*
 * What whoever may read the key of a state directory makes of it, without opening the platform: a command that talks to the server that
 * runs.
 */
export { keyOf, ownerToken }

/** A new one-time link to the server at `url`, good for ten minutes. */
export const loginLink = (url: string, key: string, now: number): string => `${url}/login?code=${issueTicket(key, 'login', now)}`
