import { roles } from '@sluice/accounts/roles'
import { requestErrors } from '@sluice/core'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Caller } from '../endpoint/caller.ts'
import type { Contract } from '../endpoint/contract.ts'

/** Refuses a caller whose role does not suffice for the route that is about to answer; a route that is not an endpoint's is for admins. */
export type CheckRights = (context: Context, caller: Caller) => void

/** @param base before the endpoints' paths. */
export function rightsOf(endpoints: readonly Pick<Contract, 'method' | 'path' | 'right'>[], base: string): CheckRights {
  const least = new Map(
    endpoints.map(({ method, path, right }) => [`${method.toUpperCase()} ${base}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, right]),
  )
  return (context, caller) => {
    if (caller.kind !== 'user') return
    // The router's own match: a second reading of the path could differ from it.
    const route = matchedRoutes(context).find(({ method }) => method !== 'ALL')
    const needed = (route === undefined ? undefined : least.get(`${route.method} ${route.path}`)) ?? 'admin'
    if (roles.indexOf(caller.role) >= roles.indexOf(needed)) return
    throw requestErrors.denied(`this needs the role ${needed}; ${caller.username} is ${caller.role}`, {
      facts: { anonymous: false, role: caller.role, needed },
      next: `An admin can give it: sluice users role ${caller.username} ${needed}.`,
    })
  }
}
