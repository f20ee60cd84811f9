import { everywhere, highestRole, suffices } from '@sluice/accounts/grants'
import type { Role } from '@sluice/accounts/roles'
import { requestErrors, type SluiceError } from '@sluice/core'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Caller } from '../endpoint/caller.ts'
import type { Contract } from '../endpoint/contract.ts'

/**
 * Refuses a caller who has the role that the route needs in no project, before anything of the request is read; a route that is not an
 * endpoint's is for admins. Which project it is about, and whether the role holds there, is asked when the request is known to be valid.
 */
export type CheckRights = (context: Context, caller: Caller) => void

/** @param base before the endpoints' paths. */
export function rightsOf(
  endpoints: readonly (Pick<Contract, 'method' | 'path' | 'right'> & { readonly scope: unknown })[],
  base: string,
): CheckRights {
  const least = new Map(endpoints.map((each) => [`${each.method.toUpperCase()} ${base}${each.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, each]))
  return (context, caller) => {
    // The router's own match: a second reading of the path could differ from it.
    const route = matchedRoutes(context).find(({ method }) => method !== 'ALL')
    const needed = route === undefined ? undefined : least.get(`${route.method} ${route.path}`)
    const { right, scope } = needed ?? { right: 'admin', scope: 'platform' }
    const role = scope === 'platform' ? caller.grants.get(everywhere) : highestRole(caller.grants)
    if (!suffices(role, right)) throw roleMissing(caller, right)
  }
}

/** @param project where the role is missing; in every project unless given */
export function roleMissing({ actor, username, grants, kind }: Caller, needed: Role, project?: string): SluiceError {
  const role = highestRole(grants) ?? 'none'
  const where = project === undefined ? '' : ` in ${project}`
  const give = project === undefined ? `users role ${username} ${needed}` : `users grant ${username} ${project} ${needed}`
  return requestErrors.denied(`this needs the role ${needed}${where}; ${kind === 'user' ? username : actor} is ${role}`, {
    facts: { anonymous: false, role, needed, ...(project === undefined ? {} : { project }) },
    next: kind === 'token' ? 'Take a token that may do it, or ask an admin.' : `An admin can give it: sluice ${give}.`,
  })
}
