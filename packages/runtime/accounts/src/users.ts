import { type Instant, notFound, requestErrors, type SluiceError } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { hashPassword, nobodysHash, type PasswordCost, passwordFits } from './password-hash.ts'
import { longestPassword, shortestPassword } from './password-length.ts'
import type { Role, RoleEverywhere } from './roles.ts'

export interface UserSummary {
  /** Lower case. */
  readonly username: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  /** In every project. */
  readonly role: RoleEverywhere
  /** Roles that were granted in single projects. Of a project the higher one counts. */
  readonly projects: Readonly<Record<string, Role>>
  readonly disabled: boolean
  readonly createdAt: Instant
  readonly passwordChangedAt: Instant
}

export interface NewUser extends Pick<UserSummary, 'username' | 'firstName' | 'lastName' | 'email' | 'role'> {
  readonly password: string
}

/** Who has shown the password, and what a session of theirs carries. */
export interface VerifiedUser {
  readonly user: UserSummary
  readonly session: string
}

export type UserChange = Partial<Omit<NewUser, 'username'> & Pick<UserSummary, 'disabled'>>

const columns = `u.username, u.first_name as "firstName", u.last_name as "lastName", u.email, u.role, u.disabled, u.created_at as "createdAt",
  u.password_changed_at as "passwordChangedAt",
  (select coalesce(json_object_agg(g.project, g.role order by g.project), '{}') from sluice_accounts.project_grant g
    where g.username = u.username) as projects`

export const userColumns = columns

const listSql = `select ${columns} from sluice_accounts.app_user u order by u.username`
const byNameSql = `select ${columns} from sluice_accounts.app_user u where u.username = $1`
const bySessionSql = `select ${columns} from sluice_accounts.app_user u where u.session = $1 and not u.disabled`
const verifySql = `select ${columns}, u.password, u.session from sluice_accounts.app_user u where u.username = $1`
const deleteSql = 'delete from sluice_accounts.app_user where username = $1'
const insertSql = `
insert into sluice_accounts.app_user as u (username, first_name, last_name, email, role, password)
values ($1, $2, $3, $4, $5, $6) on conflict (username) do nothing returning ${columns}`
const changeSql = `
update sluice_accounts.app_user u set
  first_name = coalesce($2, first_name), last_name = coalesce($3, last_name), email = coalesce($4, email), role = coalesce($5, role),
  disabled = coalesce($6, disabled), password = coalesce($7, password),
  password_changed_at = case when $7::text is null then password_changed_at else now() end,
  session = case when $7::text is not null or $6::boolean then gen_random_uuid() else session end
where u.username = $1 returning ${columns}`

export const listUsers = async (db: Queryable): Promise<readonly UserSummary[]> => (await db.query<UserSummary>(listSql)).map(summary)

/** @throws `request.invalid` for a name that is taken or no name, and for a password that is too short. */
export async function createUser(db: Queryable, user: NewUser, cost: PasswordCost): Promise<UserSummary> {
  const username = named(user.username)
  checkPassword(user.password)
  const values = [username, user.firstName, user.lastName, user.email, user.role, await hashPassword(user.password, cost)]
  const [made] = await db.query<UserSummary>(insertSql, values)
  if (made !== undefined) return summary(made)
  throw requestErrors.invalid(`there is a user ${username} already`, {
    facts: { username },
    next: `Choose another name, or change that one: sluice users passwd ${username}, sluice users role ${username} ROLE.`,
  })
}

/** Ends the sessions of the user when the password changes or the user is disabled. @throws `not_found`, `request.invalid` */
export async function changeUser(db: Queryable, username: string, change: UserChange, cost: PasswordCost): Promise<UserSummary> {
  const { password } = change
  if (password !== undefined) checkPassword(password)
  const [changed] = await db.query<UserSummary>(changeSql, [
    normalName(username),
    change.firstName ?? null,
    change.lastName ?? null,
    change.email ?? null,
    change.role ?? null,
    change.disabled ?? null,
    password === undefined ? null : await hashPassword(password, cost),
  ])
  if (changed === undefined) throw unknownUser(username)
  return summary(changed)
}

/** @throws `not_found` */
export async function deleteUser(db: Queryable, username: string): Promise<void> {
  if ((await db.execute(deleteSql, [normalName(username)])) === 0) throw unknownUser(username)
}

/** @throws `not_found` */
export async function findUser(db: Queryable, username: string): Promise<UserSummary> {
  const [row] = await db.query<UserSummary>(byNameSql, [normalName(username)])
  if (row === undefined) throw unknownUser(username)
  return summary(row)
}

/** Costs one derivation also for a name that nobody has and for a disabled user, so that the time does not tell which names exist. */
export async function verifyUser(db: Queryable, username: string, password: string, cost: PasswordCost): Promise<VerifiedUser | undefined> {
  const [row] = await db.query<UserSummary & { password: string; session: string }>(verifySql, [normalName(username)])
  const fits = await passwordFits(password.slice(0, longestPassword + 1), row?.password ?? nobodysHash(cost))
  return fits && row !== undefined && !row.disabled ? { user: summary(row), session: row.session } : undefined
}

/** Whose session it is, unless it has ended. */
export async function userOfSession(db: Queryable, session: string): Promise<UserSummary | undefined> {
  const [row] = await db.query<UserSummary>(bySessionSql, [session])
  return row === undefined ? undefined : summary(row)
}

/** Without what a statement read besides. */
export const summary = (row: UserSummary): UserSummary => {
  const { username, firstName, lastName, email, role, projects, disabled, createdAt, passwordChangedAt } = row
  return { username, firstName, lastName, email, role, projects, disabled, createdAt, passwordChangedAt }
}

export const normalName = (username: string): string => username.toLowerCase()

function named(given: string): string {
  const username = normalName(given)
  if (/^[a-z0-9][a-z0-9._@-]{0,63}$/.test(username)) return username
  throw requestErrors.invalid('a username is 1 to 64 letters, digits, ".", "_", "@" or "-", and begins with a letter or digit', {
    next: 'Choose such a name.',
  })
}

function checkPassword(password: string): void {
  const { length } = [...password]
  if (length >= shortestPassword && password.length <= longestPassword) return
  throw requestErrors.invalid(
    length < shortestPassword
      ? `the password is too short: it has ${length} of at least ${shortestPassword} characters`
      : `the password is longer than ${longestPassword} characters`,
    { next: 'Choose another; a few words in a row are easy to keep in mind.' },
  )
}

export const unknownUser = (username: string): SluiceError =>
  notFound(`there is no user ${normalName(username)}`, {
    facts: { username },
    next: 'List them with "sluice users list".',
  })
