import { everywhere, projectsWith, roleIn, suffices } from '@sluice/accounts/grants'
import { isSluiceError, notFound, type SluiceError } from '@sluice/core'
import { roleMissing } from '../access/rights.ts'
import type { Caller } from '../endpoint/caller.ts'
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
import { nounOf } from '../endpoint/endpoint.ts'
import type { ServerServices } from '../services.ts'

/**
 * The project that a valid call is about; null of those that are about none or several, and where nobody needs to know.
 * @throws `request.denied` where the caller has a role in the project that does not suffice, `not_found` where they have none: what one may
 * not see is not there
 */
export async function scopeOf(endpoint: AnyEndpoint, services: ServerServices, input: object, caller: Caller): Promise<string | null> {
  const { scope, right, audit } = endpoint
  if (typeof scope === 'string') return null
  const find = async (): Promise<string> => await scope(services, input as never)
  if (suffices(caller.grants.get(everywhere), right)) return audit === undefined ? null : await find().catch(() => null)
  const seesAll = projectsWith(caller.grants, 'viewer') === 'all'
  const project = await find().catch((error: unknown) => {
    // The words of such an error name what there is in other projects.
    throw seesAll || !isSluiceError(error) || error.status >= 500 ? error : notVisible(endpoint)
  })
  const role = roleIn(caller.grants, project)
  if (role === undefined) throw notVisible(endpoint)
  if (!suffices(role, right)) throw roleMissing(caller, right, project)
  return project
}

const notVisible = (endpoint: AnyEndpoint): SluiceError =>
  notFound(`there is no such thing in your projects (${nounOf(endpoint)})`, {
    next: 'Look at its name, and name the project as well. What belongs to other projects is shown to those who have a role there.',
  })
