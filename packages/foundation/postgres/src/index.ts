export { dropDatabase, ensureDatabase, ensureRole, type Role } from './admin.ts'
export { type By, byOwner, changing, changingTogether } from './by.ts'
export { cancelStatement } from './cancel.ts'
export { postgresType } from './column-type.ts'
export type { Connection, ConnectOptions, Queryable, Statement } from './connection.ts'
export { withSession } from './connection.ts'
export { type CopySource, copyIn, copyOut } from './copy.ts'
export { eachRow, type Fields } from './each-row.ts'
export { type AcquireOptions, acquireServer, type Credentials, type Server, type ServerEvent } from './embedded/server.ts'
export { migrationErrors, postgresErrors } from './errors.ts'
export { retryAfter, toFault } from './fault.ts'
export { refuseUnfit } from './fitness.ts'
export { quoteIdentifier, quoteLiteral } from './identifiers.ts'
export { type Listener, type ListenOptions, listen, type Notification } from './listen.ts'
export { isLockTimeout, patientLockTimeoutMs, untilLocksAreGiven } from './lock-patience.ts'
export { type FunctionsPlan, planFunctions, readFunctions, type SqlFunction } from './migrate/functions.ts'
export {
  type AroundFile,
  type MigrateOptions,
  type MigrateUpOptions,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStanding,
  migrationStatus,
} from './migrate/migrate.ts'
export { checksum, type Migration, readMigrations, runsWithoutTransaction } from './migrate/migration.ts'
export type { Waiting } from './migrate/patience.ts'
export { type Applied, type MigrationFault, planMigrations, type Step, type Target } from './migrate/plan.ts'
export { type SqlStatement, splitStatements } from './migrate/split.ts'
export { type DatabaseServer, openServer, urlFor } from './open-server.ts'
export { isoTypeParsers } from './parsers.ts'
export { openPool, type Pool, type PoolOptions, type TransactionOptions } from './pool.ts'
export { type RetryOptions, withRetry } from './retry.ts'
export { sqlTokens } from './sql-tokens.ts'
export { type Retry, retryableStates, retryOf } from './sqlstate.ts'
export { storableJson, storableText } from './storable.ts'
