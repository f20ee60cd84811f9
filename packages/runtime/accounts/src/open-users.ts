import type { Instant } from '@sluice/core'
import { type By, byOwner, changing, openPool, type Queryable } from '@sluice/postgres'
import { type AuditEntry, type AuditedCall, type AuditFilter, type AuditOutcome, listAudit, writeAudit } from './audit.ts'
import { endSession, sessionEnded } from './ended-sessions.ts'
import { migrateAccounts } from './migrate.ts'
import { lastingCost, type PasswordCost } from './password-hash.ts'
import { grantProject, revokeProject } from './project-grants.ts'
import type { Role } from './roles.ts'
import { keepSignInCounts, listSignInCounts, type SignInCount } from './sign-in-counts.ts'
import {
  createToken,
  listTokens,
  type MadeToken,
  type NewToken,
  revokeToken,
  type TokenState,
  type TokenSummary,
  verifyToken,
} from './tokens.ts'
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  type NewUser,
  type UserChange,
  type UserSummary,
  userOfSession,
  type VerifiedUser,
  verifyUser,
} from './users.ts'

/** Who may sign in, kept in the metadata database. There is nobody until somebody is created. */
export interface Users {
  /** By name. */
  list(): Promise<readonly UserSummary[]>
  /** @throws `request.invalid` for a name that is taken or no name, and for a password of less than 12 characters. */
  create(user: NewUser, by?: By): Promise<UserSummary>
  /**
   * A new password, and disabling, end the user's sessions; a new role holds from the next request on.
   * @throws `not_found`, `request.invalid`
   */
  change(username: string, change: UserChange, by?: By): Promise<UserSummary>
  /** Ends the user's sessions and tokens. @throws `not_found` */
  remove(username: string, by?: By): Promise<void>
  /** Gives a role in one project, from the next request on; the one before is replaced. @throws `not_found` */
  grant(username: string, project: string, role: Role, by?: By): Promise<UserSummary>
  /** @throws `not_found`, `request.invalid` where nothing was granted */
  revoke(username: string, project: string, by?: By): Promise<UserSummary>
  /** Of one user, or of all. */
  tokens(username?: string): Promise<readonly TokenSummary[]>
  /** @throws `not_found`, `request.invalid` for a name that is taken or an end that will not do */
  createToken(token: NewToken, by?: By): Promise<MadeToken>
  /** @throws `not_found` */
  revokeToken(username: string, name: string, by?: By): Promise<void>
  /** Whose personal token that is, and what it may do at this moment. */
  byToken(token: string): Promise<TokenState>
  /** Writes the row of a call, or what became of one that had begun; in the transaction of a change where that is given. */
  writeAudit(
    call: AuditedCall,
    outcome: AuditOutcome,
    more?: { readonly reason?: string | null; readonly omitted?: number; readonly tx?: Queryable },
  ): Promise<void>
  /** Newest first. */
  audit(filter: AuditFilter): Promise<readonly AuditEntry[]>
  /** `undefined` for a wrong password, an unknown and a disabled user alike, after the same time. */
  verify(username: string, password: string): Promise<VerifiedUser | undefined>
  /** Whose session that is; `undefined` when it has ended. */
  bySession(session: string): Promise<UserSummary | undefined>
  /**
   * The session with this mark is refused from now on; `until`: when it would have ended by itself. Answers whether it had not been ended
   * before; only then it is recorded.
   */
  endSession(mark: string, until: Instant, by?: By): Promise<boolean>
  sessionEnded(mark: string): Promise<boolean>
  /** What is remembered of tries to sign in, the one that was quiet for longest first. */
  signInCounts(): Promise<readonly SignInCount[]>
  /** Remembers these; those of others that are older than `before` go. */
  keepSignInCounts(counts: readonly SignInCount[], before: { readonly failures: Instant; readonly known: Instant }): Promise<void>
  close(): Promise<void>
}

export interface UsersOptions {
  /** Of the passwords that are set, and of one that fits nobody. */
  readonly cost?: PasswordCost
  /** Somebody has brought the tables up to date. */
  readonly upToDate?: boolean
}

/** Over the metadata database, whose tables of accounts are brought up to date first, unless the caller says that they are. */
export async function openUsers(databaseUrl: string, { cost = lastingCost, upToDate = false }: UsersOptions = {}): Promise<Users> {
  if (!upToDate) await migrateAccounts(databaseUrl)
  const pool = openPool(databaseUrl, { max: 2, applicationName: 'sluice users' })
  return {
    list: () => listUsers(pool),
    create: (user, by = byOwner) => changing(pool, by, (db) => createUser(db, user, cost)),
    change: (username, change, by = byOwner) => changing(pool, by, (db) => changeUser(db, username, change, cost)),
    remove: (username, by = byOwner) => changing(pool, by, (db) => deleteUser(db, username)),
    grant: (username, project, role, by = byOwner) => changing(pool, by, (db) => grantProject(db, username, project, role)),
    revoke: (username, project, by = byOwner) => changing(pool, by, (db) => revokeProject(db, username, project)),
    tokens: (username) => listTokens(pool, username),
    createToken: (token, by = byOwner) => changing(pool, by, (db) => createToken(db, token)),
    revokeToken: (username, name, by = byOwner) => changing(pool, by, (db) => revokeToken(db, username, name)),
    byToken: (token) => verifyToken(pool, token),
    writeAudit: (call, outcome, { tx = pool, ...more } = {}) => writeAudit(tx, call, outcome, more),
    audit: (filter) => listAudit(pool, filter),
    verify: (username, password) => verifyUser(pool, username, password, cost),
    bySession: (session) => userOfSession(pool, session),
    endSession: (mark, until, by = byOwner) =>
      pool.transaction(
        async (tx) => {
          const isFirst = await endSession(tx, mark, until)
          if (isFirst) await by.record?.(tx)
          return isFirst
        },
        { retry: { attempts: 5 } },
      ),
    sessionEnded: (mark) => sessionEnded(pool, mark),
    signInCounts: () => listSignInCounts(pool),
    keepSignInCounts: (counts, before) => keepSignInCounts(pool, counts, before),
    close: () => pool.end(),
  }
}
