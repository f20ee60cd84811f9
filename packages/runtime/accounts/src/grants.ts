import { type Role, roles } from './roles.ts'

/** Which role in which project. */
export type Grants = ReadonlyMap<string, Role>

/** Stands for every project, also for those to come, and for what belongs to none: users, settings. No project has this name. */
export const everywhere = '*'

export const ownerGrants: Grants = new Map([[everywhere, 'admin']])

const higher = (a: Role | undefined, b: Role | undefined): Role | undefined =>
  a === undefined ? b : b === undefined || roles.indexOf(a) >= roles.indexOf(b) ? a : b

const lower = (a: Role, b: Role): Role => (roles.indexOf(a) <= roles.indexOf(b) ? a : b)

export const suffices = (role: Role | undefined, least: Role): boolean => role !== undefined && roles.indexOf(role) >= roles.indexOf(least)

/** The role in a project: the one that was granted there, or the one that holds everywhere, whichever is higher. */
export const roleIn = (grants: Grants, project: string): Role | undefined => higher(grants.get(project), grants.get(everywhere))

/** The highest role that is held anywhere. */
export const highestRole = (grants: Grants): Role | undefined => [...grants.values()].reduce<Role | undefined>(higher, undefined)

/** The projects in which the role is at least that; `all` also names those to come. */
export const projectsWith = (grants: Grants, least: Role): 'all' | readonly string[] =>
  suffices(grants.get(everywhere), least)
    ? 'all'
    : [...grants].filter(([project, role]) => project !== everywhere && suffices(role, least)).map(([project]) => project)

/** What is left of grants within a limit: no higher role than that, and only in these projects, where any are named. */
export function within(grants: Grants, { role, projects }: { readonly role: Role; readonly projects: readonly string[] | null }): Grants {
  const held = projects === null ? [...grants] : projects.map((project) => [project, roleIn(grants, project)] as const)
  return new Map(held.flatMap(([project, own]) => (own === undefined ? [] : [[project, lower(own, role)] as const])))
}
