/** From the least to the most rights; each has those of the ones before it. */
export const roles = ['viewer', 'editor', 'admin'] as const
export type Role = (typeof roles)[number]

/** What a user may do in every project; `none`: nothing but where a project was granted. */
export const rolesEverywhere = ['none', ...roles] as const
export type RoleEverywhere = (typeof rolesEverywhere)[number]
