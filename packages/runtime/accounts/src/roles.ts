/** From the least to the most rights; each has those of the ones before it. */
export const roles = ['viewer', 'editor', 'admin'] as const
export type Role = (typeof roles)[number]
