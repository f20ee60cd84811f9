import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Instant, notFound, requestErrors } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { type Grants, within } from './grants.ts'
import { grantsOf } from './project-grants.ts'
import type { Role } from './roles.ts'
import { findUser, normalName, summary, type UserSummary, userColumns } from './users.ts'

/** Never holds the token: that is shown once, when it is made. */
export interface TokenSummary {
  readonly username: string
  /** Unique among those of the user. */
  readonly name: string
  /** The highest role that it may use. */
  readonly role: Role
  /** Null: every project of the user, also those to come. */
  readonly projects: readonly string[] | null
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** To the minute; null: not yet. */
  readonly usedAt: Instant | null
}

export interface NewToken extends Pick<TokenSummary, 'name' | 'role' | 'projects' | 'expiresAt'> {
  /** Whose it is. */
  readonly username: string
}

/** `token` is what programs send; it cannot be asked for again. */
export interface MadeToken extends TokenSummary {
  readonly token: string
}

/** What a token that was sent is worth at this moment. */
export type TokenState =
  | { readonly state: 'valid'; readonly user: UserSummary; readonly name: string; readonly grants: Grants }
  | { readonly state: 'expired' | 'unknown' }

/** With a prefix that scanners of repositories know again. */
const prefix = 'sluice_pat_'
export const longestTokenMs = 366 * 86_400_000

const columns = 't.username, t.name, t.role, t.projects, t.created_at as "createdAt", t.expires_at as "expiresAt", t.used_at as "usedAt"'
const insertSql = `
insert into sluice_accounts.token as t (id, username, name, secret, role, projects, expires_at)
values ($1, $2, $3, $4, $5, $6, timestamptz 'epoch' + $7::bigint * interval '1 ms')
on conflict (username, name) do nothing returning ${columns}`
const listSql = `select ${columns} from sluice_accounts.token t where $1::text is null or t.username = $1 order by t.username, t.name`
const deleteSql = 'delete from sluice_accounts.token where username = $1 and name = $2'
const findSql = `
select ${userColumns}, t.name, t.secret, t.role as "tokenRole", t.projects as "tokenProjects", t.expires_at <= now() as expired,
  t.used_at is null or t.used_at < now() - interval '1 minute' as "usedLongAgo"
from sluice_accounts.token t join sluice_accounts.app_user u on u.username = t.username where t.id = $1`
const usedSql = 'update sluice_accounts.token set used_at = now() where id = $1'

/** @throws `not_found` for an unknown user, `request.invalid` for a name that is taken and for an end that has passed or is far away */
export async function createToken(
  db: Queryable,
  { name, role, projects, expiresAt, ...of }: NewToken,
  now = Date.now(),
): Promise<MadeToken> {
  const { username } = await findUser(db, of.username)
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
    throw requestErrors.invalid(
      'the name of a token is 1 to 64 small letters, digits, ".", "_" or "-", and begins with a letter or digit',
      {
        next: 'Choose such a name, for what will use the token: "ci".',
      },
    )
  }
  if (expiresAt <= now || expiresAt > now + longestTokenMs) {
    throw requestErrors.invalid('a token ends within a year, and not in the past', {
      facts: { expiresAt },
      next: 'Choose a shorter time, and make a new token before it is over.',
    })
  }
  const [id, secret] = [randomBytes(9).toString('base64url'), randomBytes(32).toString('base64url')]
  const [made] = await db.query<TokenSummary>(insertSql, [id, username, name, digestOf(secret), role, projects, expiresAt])
  if (made !== undefined) return { ...made, token: `${prefix}${id}.${secret}` }
  throw requestErrors.invalid(`${username} has a token ${name} already`, {
    facts: { username, name },
    next: `Choose another name, or end that one first: sluice tokens revoke ${name} --user ${username}.`,
  })
}

/** Of one user, or of all. */
export const listTokens = (db: Queryable, username?: string): Promise<readonly TokenSummary[]> =>
  db.query<TokenSummary>(listSql, [username === undefined ? null : normalName(username)])

/** It is refused from now on. @throws `not_found` */
export async function revokeToken(db: Queryable, username: string, name: string): Promise<void> {
  if ((await db.execute(deleteSql, [normalName(username), name])) > 0) return
  throw notFound(`${normalName(username)} has no token ${name}`, {
    facts: { username, name },
    next: 'List them with "sluice tokens list".',
  })
}

/** Whether a text has the form of a personal token, be it one or not. */
export const looksLikeToken = (text: string): boolean => text.startsWith(prefix)

export async function verifyToken(db: Queryable, token: string): Promise<TokenState> {
  const [id = '', secret = '', ...rest] = token.slice(prefix.length).split('.')
  if (!looksLikeToken(token) || rest.length > 0) return { state: 'unknown' }
  const [row] = await db.query<UserSummary & TokenRow>(findSql, [id])
  if (row === undefined || row.disabled || !sameDigest(digestOf(secret), row.secret)) return { state: 'unknown' }
  if (row.expired) return { state: 'expired' }
  if (row.usedLongAgo) await db.execute(usedSql, [id])
  const user = summary(row)
  return { state: 'valid', user, name: row.name, grants: within(grantsOf(user), { role: row.tokenRole, projects: row.tokenProjects }) }
}

interface TokenRow {
  readonly name: string
  readonly secret: string
  readonly tokenRole: Role
  readonly tokenProjects: readonly string[] | null
  readonly expired: boolean
  readonly usedLongAgo: boolean
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

const sameDigest = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
