export { openUsers, type Users } from './open-users.ts'
export { type Role, roles } from './roles.ts'
export { type NewUser, shortestPassword, type UserChange, type UserSummary, type VerifiedUser } from './users.ts'
