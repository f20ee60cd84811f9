import { highestRole, suffices } from '@sluice/accounts/grants'
import { requestErrors } from '@sluice/core'
import type { Caller } from '../../endpoint/caller.ts'

const isAdmin = ({ grants }: Caller): boolean => suffices(grants.get('*'), 'admin')

/**
 * Whose tokens a call is about: those of the caller, or of the user that an admin names. `make`: a token makes no other, or whoever found
 * one would keep a way in after it is revoked.
 */
export function whose(caller: Caller, named: string | undefined, make: 'make' | 'other' = 'other'): string {
  if (make === 'make' && caller.kind === 'token') {
    throw requestErrors.denied('a token makes no other token', {
      facts: { anonymous: false, role: highestRole(caller.grants) ?? 'none' },
      next: 'Sign in with a password, or make it where Sluice runs.',
    })
  }
  const username = named?.toLowerCase() ?? caller.username
  if (username === null) {
    throw requestErrors.invalid('whose token is it? The owner has none of their own', { next: 'Name the user: --user NAME.' })
  }
  if (username === caller.username || isAdmin(caller)) return username
  throw requestErrors.denied(`only an admin may work with tokens of ${username}`, {
    facts: { anonymous: false, username },
    next: 'Leave out --user for your own.',
  })
}
