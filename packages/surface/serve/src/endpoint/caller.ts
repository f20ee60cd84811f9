import type { Role } from '@sluice/accounts'

/**
 * Who asks. `owner`: the command line in the same process, which could open the files itself; `token`: whoever holds the key;
 * `session`: a browser that came through a login link; `user`: a person who signed in with a password, with the role of this moment.
 */
export type Caller =
  | { readonly kind: 'owner' }
  | { readonly kind: 'token' }
  | { readonly kind: 'session' }
  | { readonly kind: 'user'; readonly username: string; readonly role: Role }

const mark = Symbol('in-process owner')

/** Goes with `app.request` as the environment of the call. A symbol of this module: nothing that arrives over HTTP can carry it. */
export const ownerEnvironment: Readonly<Record<string, unknown>> = Object.freeze({ owner: mark })

export const isOwner = (environment: unknown): boolean =>
  typeof environment === 'object' && environment !== null && 'owner' in environment && environment.owner === mark
