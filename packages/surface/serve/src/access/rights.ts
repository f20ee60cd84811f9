import { type Role, roles } from '@sluice/accounts'
import { requestErrors } from '@sluice/core'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AnyEndpoint } from '../endpoint.ts'
import type { Caller } from './caller.ts'

interface Right {
  /** The least role for GET. */
  readonly read: Role
  /** The least role for every other method. */
  readonly change: Role
  /** Paths of which the others do not hold. */
  readonly except?: Readonly<Record<string, Role>>
}

/** What users may do, by tag of the operation. The owner (key, login link, command line in process) may do everything. */
export const rights: Readonly<Record<string, Right>> = {
  platform: { read: 'viewer', change: 'admin' },
  pipelines: { read: 'viewer', change: 'editor' },
  runs: { read: 'viewer', change: 'editor' },
  tasks: { read: 'viewer', change: 'editor' },
  ledger: { read: 'viewer', change: 'admin' },
  // Queries only read, but of their text nobody can say what it costs.
  lake: {
    read: 'viewer',
    change: 'admin',
    except: { '/lake/{project}/query': 'editor', '/lake/{project}/query/rows': 'editor', '/lake/exports/verify': 'editor' },
  },
  warehouse: {
    read: 'viewer',
    change: 'admin',
    except: { '/warehouse/{project}/query': 'editor', '/warehouse/{project}/queries/{query}': 'editor' },
  },
  budgets: { read: 'viewer', change: 'admin' },
  notifications: { read: 'viewer', change: 'admin' },
  config: { read: 'admin', change: 'admin' },
  users: { read: 'admin', change: 'admin' },
}

/** The least role that may call the operation: `admin` where the table says nothing. */
export function leastRole({ tag, method, path }: Pick<AnyEndpoint, 'tag' | 'method' | 'path'>): Role {
  const right = rights[tag]
  if (right === undefined) return 'admin'
  return right.except?.[path] ?? (method === 'get' ? right.read : right.change)
}

/** Refuses a caller whose role does not suffice for the route that is about to answer; a route that is no endpoint is for admins. */
export type CheckRights = (context: Context, caller: Caller) => void

/** @param base before the endpoints' paths. */
export function rightsOf(endpoints: readonly AnyEndpoint[], base: string): CheckRights {
  const least = new Map(
    endpoints.map((each) => [`${each.method.toUpperCase()} ${base}${each.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, leastRole(each)]),
  )
  return (context, caller) => {
    if (caller.kind !== 'user') return
    // The router's own match: there is no second reading of the path that could differ from it.
    const route = matchedRoutes(context).find(({ method }) => method !== 'ALL')
    const needed = (route === undefined ? undefined : least.get(`${route.method} ${route.path}`)) ?? 'admin'
    if (roles.indexOf(caller.role) >= roles.indexOf(needed)) return
    throw requestErrors.denied(`this needs the role ${needed}; ${caller.username} is ${caller.role}`, {
      facts: { anonymous: false, role: caller.role, needed },
      next: `An admin can give it: sluice users role ${caller.username} ${needed}.`,
    })
  }
}
