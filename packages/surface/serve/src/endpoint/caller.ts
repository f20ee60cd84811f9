import type { Grants } from '@sluice/accounts'
import type { Actor } from '@sluice/core'

/**
 * Who asks. `owner`: the command line in the same process, which could open the files itself; `key`: whoever holds the key; `link`: a
 * browser that came through a login link; `user`: a person who signed in with a password; `token`: a program with a personal token. What
 * they may do is what they may do at this moment.
 */
export interface Caller {
  readonly kind: 'owner' | 'key' | 'link' | 'user' | 'token'
  /** As the audit, runs and changes name them. */
  readonly actor: Actor
  /** The user, also of a token; null of the owner. */
  readonly username: string | null
  readonly grants: Grants
}

const mark = Symbol('in-process owner')

/** Goes with `app.request` as the environment of the call. A symbol of this module: nothing that arrives over HTTP can carry it. */
export const ownerEnvironment: Readonly<Record<string, unknown>> = Object.freeze({ owner: mark })

export const isOwner = (environment: unknown): boolean =>
  typeof environment === 'object' && environment !== null && 'owner' in environment && environment.owner === mark
