import { createHash, randomUUID } from 'node:crypto'
import { withSession } from '../connection.ts'
import { quoteIdentifier } from '../identifiers.ts'
import type { SqlFunction } from '../migrate/functions.ts'
import { migrateUp } from '../migrate/migrate.ts'
import type { Migration } from '../migrate/migration.ts'
import { openPool, type Pool } from '../pool.ts'
import { startTestServer, type TestServer } from './server.ts'

export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Ends its sessions and removes it. What a test forgets to drop goes with the server. */
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  readonly migrations?: readonly Migration[]
  readonly functions?: readonly SqlFunction[]
  /** The schema of the migrations' table. */
  readonly schema?: string
}

/**
 * A fresh database on the shared test server: migrated once into a template, then cloned for each call. Two calls never see each other's
 * rows. Roles belong to the whole server: name them after the database.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await startTestServer()
  const template = options.migrations === undefined ? undefined : await templateOf(server, { ...options, migrations: options.migrations })
  return await cloneDatabase(server, template)
}

/** A new database from `template` (default: empty). Nobody may be connected to the template. */
export async function cloneDatabase(server: TestServer, template?: string): Promise<TestDatabase> {
  const name = `sluice_test_${process.pid}_${randomUUID().slice(0, 8)}`
  const admin = adminOf(server)
  await admin.query(
    `create database ${quoteIdentifier(name)}${template === undefined ? '' : ` template ${quoteIdentifier(template)}`} strategy file_copy`,
  )
  const drop = async (): Promise<void> => {
    await admin.query(`drop database if exists ${quoteIdentifier(name)} with (force)`)
  }
  return { name, url: server.url(name), drop, [Symbol.asyncDispose]: drop }
}

const templates = new Map<string, Promise<string>>()

type TemplateOf = TestDatabaseOptions & Required<Pick<TestDatabaseOptions, 'migrations'>>

async function templateOf(server: TestServer, of: TemplateOf): Promise<string> {
  const name = `sluice_template_${createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 16)}`
  const key = `${server.dir} ${name}`
  const known = templates.get(key) ?? buildTemplate(server, name, of)
  templates.set(key, known)
  return await known
}

/** Built by one process while others wait; renamed when whole and closed to sessions, so that cloning never meets one. */
async function buildTemplate(server: TestServer, name: string, { migrations, ...options }: TemplateOf): Promise<string> {
  await withSession(server.url('postgres'), async (session) => {
    await session.query('select pg_advisory_lock(hashtextextended($1, 1))', [name])
    const [existing] = await session.query('select 1 from pg_database where datname = $1', [name])
    if (existing !== undefined) return
    const draft = `${name}_new`
    await session.query(`drop database if exists ${quoteIdentifier(draft)} with (force)`)
    await session.query(`create database ${quoteIdentifier(draft)}`)
    await migrateUp(server.url(draft), migrations, options)
    await session.query(`alter database ${quoteIdentifier(draft)} with is_template true allow_connections false`)
    await session.query(`alter database ${quoteIdentifier(draft)} rename to ${quoteIdentifier(name)}`)
  })
  return name
}

const admins = new Map<string, Pool>()

function adminOf(server: TestServer): Pool {
  const url = server.url('postgres')
  const known = admins.get(url) ?? openPool(url, { max: 2, allowExitOnIdle: true, applicationName: 'sluice tests' })
  admins.set(url, known)
  return known
}
