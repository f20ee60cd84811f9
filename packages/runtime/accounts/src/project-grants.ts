import { requestErrors } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { Grants } from './grants.ts'
import { everywhere } from './grants.ts'
import type { Role } from './roles.ts'
import { findUser, normalName, type UserSummary } from './users.ts'

const grantSql = `
insert into sluice_accounts.project_grant (username, project, role) values ($1, $2, $3)
on conflict (username, project) do update set role = excluded.role`
const revokeSql = 'delete from sluice_accounts.project_grant where username = $1 and project = $2'

/** @throws `not_found` */
export async function grantProject(db: Queryable, username: string, project: string, role: Role): Promise<UserSummary> {
  if (project === everywhere) {
    throw requestErrors.invalid(`"${everywhere}" does not name a project`, {
      next: `For all of them: sluice users role ${username} ${role}.`,
    })
  }
  const user = await findUser(db, username)
  await db.execute(grantSql, [user.username, project, role])
  return await findUser(db, username)
}

/** @throws `not_found`, also where nothing was granted */
export async function revokeProject(db: Queryable, username: string, project: string): Promise<UserSummary> {
  const user = await findUser(db, username)
  if ((await db.execute(revokeSql, [normalName(username), project])) > 0) return await findUser(db, username)
  throw requestErrors.invalid(`${user.username} has no role of their own in ${project}`, {
    facts: { username: user.username, project },
    next:
      user.role === 'none'
        ? 'See what was granted with "sluice users list".'
        : `They are ${user.role} in every project: "sluice users role ${user.username} none" takes that back.`,
  })
}

/** What a user may do where. */
export const grantsOf = ({ role, projects }: Pick<UserSummary, 'role' | 'projects'>): Grants =>
  new Map([...(role === 'none' ? [] : [[everywhere, role] as const]), ...Object.entries(projects)])
