export { openUsers, type Users } from './open-users.ts'
export { shortestPassword } from './password-length.ts'
export { type Role, roles } from './roles.ts'
export type { NewUser, UserChange, UserSummary, VerifiedUser } from './users.ts'
