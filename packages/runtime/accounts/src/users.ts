import { type Instant, notFound, requestErrors, type SluiceError } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { hashPassword, nobodysHash, passwordFits } from './password-hash.ts'
import { longestPassword, shortestPassword } from './password-length.ts'
import type { Role } from './roles.ts'

export interface UserSummary {
  /** Lower case. */
  readonly username: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly role: Role
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

const columns = `username, first_name as "firstName", last_name as "lastName", email, role, disabled,
  (extract(epoch from created_at) * 1000)::float8 as "createdAt", (extract(epoch from password_changed_at) * 1000)::float8 as "passwordChangedAt"`

const listSql = `select ${columns} from sluice_accounts.app_user order by username`
const bySessionSql = `select ${columns} from sluice_accounts.app_user where session = $1 and not disabled`
const verifySql = `select ${columns}, password, session from sluice_accounts.app_user where username = $1`
const deleteSql = 'delete from sluice_accounts.app_user where username = $1'
const insertSql = `
insert into sluice_accounts.app_user (username, first_name, last_name, email, role, password)
values ($1, $2, $3, $4, $5, $6) on conflict (username) do nothing returning ${columns}`
const changeSql = `
update sluice_accounts.app_user set
  first_name = coalesce($2, first_name), last_name = coalesce($3, last_name), email = coalesce($4, email), role = coalesce($5, role),
  disabled = coalesce($6, disabled), password = coalesce($7, password),
  password_changed_at = case when $7::text is null then password_changed_at else now() end,
  session = case when $7::text is not null or $6::boolean then gen_random_uuid() else session end
where username = $1 returning ${columns}`

export const listUsers = async (db: Queryable): Promise<readonly UserSummary[]> => (await db.query<UserSummary>(listSql)).map(summary)

/** @throws `request.invalid` for a name that is taken or no name, and for a password that is too short. */
export async function createUser(db: Queryable, user: NewUser): Promise<UserSummary> {
  const username = named(user.username)
  checkPassword(user.password)
  const values = [username, user.firstName, user.lastName, user.email, user.role, await hashPassword(user.password)]
  const [made] = await db.query<UserSummary>(insertSql, values)
  if (made !== undefined) return summary(made)
  throw requestErrors.invalid(`there is a user ${username} already`, {
    facts: { username },
    next: `Choose another name, or change that one: sluice users passwd ${username}, sluice users role ${username} ROLE.`,
  })
}

/** Ends the sessions of the user when the password changes or the user is disabled. @throws `not_found`, `request.invalid` */
export async function changeUser(db: Queryable, username: string, change: UserChange): Promise<UserSummary> {
  const { password } = change
  if (password !== undefined) checkPassword(password)
  const [changed] = await db.query<UserSummary>(changeSql, [
    normal(username),
    change.firstName ?? null,
    change.lastName ?? null,
    change.email ?? null,
    change.role ?? null,
    change.disabled ?? null,
    password === undefined ? null : await hashPassword(password),
  ])
  if (changed === undefined) throw unknownUser(username)
  return summary(changed)
}

/** @throws `not_found` */
export async function deleteUser(db: Queryable, username: string): Promise<void> {
  if ((await db.execute(deleteSql, [normal(username)])) === 0) throw unknownUser(username)
}

/** Costs one derivation also for a name that nobody has and for a disabled user, so that the time does not tell which names exist. */
export async function verifyUser(db: Queryable, username: string, password: string): Promise<VerifiedUser | undefined> {
  const [row] = await db.query<UserSummary & { password: string; session: string }>(verifySql, [normal(username)])
  const fits = await passwordFits(password.slice(0, longestPassword + 1), row?.password ?? nobodysHash)
  return fits && row !== undefined && !row.disabled ? { user: summary(row), session: row.session } : undefined
}

/** Whose session it is, unless it has ended. */
export async function userOfSession(db: Queryable, session: string): Promise<UserSummary | undefined> {
  const [row] = await db.query<UserSummary>(bySessionSql, [session])
  return row === undefined ? undefined : summary(row)
}

const summary = ({ username, firstName, lastName, email, role, disabled, createdAt, passwordChangedAt }: UserSummary): UserSummary => ({
  username,
  firstName,
  lastName,
  email,
  role,
  disabled,
  createdAt: Math.trunc(createdAt),
  passwordChangedAt: Math.trunc(passwordChangedAt),
})

const normal = (username: string): string => username.toLowerCase()

function named(given: string): string {
  const username = normal(given)
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

const unknownUser = (username: string): SluiceError =>
  notFound(`there is no user ${normal(username)}`, {
    facts: { username },
    next: 'List them with "sluice users list".',
  })
