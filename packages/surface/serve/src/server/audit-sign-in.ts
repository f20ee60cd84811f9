import { randomUUID } from 'node:crypto'
import { given } from '@sluice/core'
import type { UsersApi } from '../services.ts'
import type { AnonymousRows } from './anonymous-rows.ts'
import type { Audit } from './login.ts'

/** The row of a try to sign in. Failed tries are those of callers who did not say who they are: some of them have no row of their own. */
export const auditSignIn =
  (users: Pick<UsersApi, 'writeAudit'>, anonymous: AnonymousRows): Audit =>
  async ({ outcome, username, address }, action, tx) => {
    const signedIn = outcome === 'success'
    const omitted = signedIn ? 0 : anonymous.next(Date.now())
    if (omitted === undefined) return
    await users.writeAudit(
      {
        call: randomUUID(),
        actor: !signedIn ? 'nobody' : username === null ? 'owner' : `user:${username}`,
        address,
        action,
        project: null,
        target: username ?? '',
        details: {},
      },
      signedIn ? 'done' : 'refused',
      { reason: signedIn ? null : outcome, omitted, ...given({ tx }) },
    )
  }
