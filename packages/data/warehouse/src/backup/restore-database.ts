import { randomBytes } from 'node:crypto'
import { type BackupFile, type BackupKey, type BackupPlace, backupErrors, readBackupFile, verifyBackupFile } from '@sluice/backup'
import { firstOf, given } from '@sluice/core'
import { type Connection, copyIn, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { withSessions } from '@sluice/postgres/dump'
import { inWarehouse } from '../fault.ts'
import { requireSame } from './compare.ts'
import type { DatabaseManifest, SavedTable, SqlFile } from './manifest.ts'
import { setValue } from './psql-script.ts'
import { planRestore } from './restore-plan.ts'
import { parseSteps, preamble, type Step } from './statements-file.ts'
import { tableAndColumns } from './table-and-columns.ts'
import { draftName, findDatabase, publishDraft, sweepDrafts } from './target.ts'
import { carryOut } from './works.ts'

export interface RestoreProgress {
  readonly what: string
  readonly done: number
  readonly of: number
}

export interface RestoreOptions {
  readonly place: BackupPlace
  readonly manifest: DatabaseManifest
  readonly key?: BackupKey | undefined
  /** Of a role that may create databases, and the roles that the backup names. */
  readonly adminUrl: string
  /** Name of the database that then holds the backup. */
  readonly into: string
  /** A database of this name may hold data, which are then gone. */
  readonly replace?: boolean
  /** Objects belong to whoever restores, roles are not made and nobody is granted anything. */
  readonly withoutRoles?: boolean
  /** Whether each table is read again and compared with the backup. Default true. */
  readonly compare?: boolean
  /** Sessions that write at once. Default 2. */
  readonly sessions?: number
  readonly onProgress?: (progress: RestoreProgress) => void
  readonly signal?: AbortSignal
}

export interface RestoredDatabase {
  readonly database: string
  readonly tables: number
  readonly rows: number
  /** Statements that the server refused and that rows do not hang on, a sentence each: an extension it lacks the rights for, a grant. */
  readonly notes: readonly string[]
}

/**
 * Makes a database of a backup. All of it happens in a database of another name, which gets the name once each table has the rows and the
 * checksum of the backup: a restore that was killed has changed nothing, and what it left the next one removes.
 * @throws `backup.refused` where the name has data and `replace` is not given; `backup.damaged`; `backup.differs`
 */
export async function restoreDatabase(options: RestoreOptions): Promise<RestoredDatabase> {
  const { into, manifest, replace = false } = options
  // A database cannot be renamed from within.
  const adminUrl =
    decodeURIComponent(new URL(options.adminUrl).pathname) === `/${into}` ? urlFor(options.adminUrl, 'postgres') : options.adminUrl
  return await inWarehouse(() =>
    withSession(adminUrl, async (admin) => {
      await sweepDrafts(admin)
      const found = await findDatabase(admin, adminUrl, into)
      if (found.exists && found.holds.length > 0 && !replace) throw occupied(into, found.holds)
      const draft = draftName(randomBytes(6).toString('hex'))
      const url = urlFor(adminUrl, draft)
      await admin.query('select pg_advisory_lock(hashtextextended($1, 0))', [draft])
      try {
        await admin.query(
          `create database ${quoteIdentifier(draft)} template template0 encoding ${manifest.server.encoding === 'UTF8' ? "'UTF8'" : 'default'}`,
        )
        const notes = await fill(url, options)
        await publishDraft(admin, draft, into, found.exists)
        return { database: into, tables: manifest.tables.length, rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0), notes }
      } catch (error) {
        await admin.query(`drop database if exists ${quoteIdentifier(draft)} with (force)`).catch(() => undefined)
        throw error
      }
    }),
  )
}

const occupied = (database: string, holds: readonly string[]) =>
  backupErrors.refused(`the database ${database} holds data: ${firstOf(holds, 5)}`, {
    facts: { database, tables: holds },
    next: `Restore into another name (--into), or say --replace ${database} where it may lose what it holds.`,
  })

async function fill(url: string, options: RestoreOptions): Promise<readonly string[]> {
  const { manifest, sessions = 2, onProgress, signal, withoutRoles = false } = options
  const notes: string[] = []
  const files = {
    roles: withoutRoles ? [] : await stepsIn(options, 'roles'),
    before: await stepsIn(options, 'before'),
    after: await stepsIn(options, 'after'),
    grants: await stepsIn(options, 'grants'),
  }
  await withSessions(url, sessions, async (all) => {
    const [first] = all
    if (first === undefined) return
    for (const session of all) await session.query(`${preamble} set synchronous_commit = off; set maintenance_work_mem = '256MB'`)
    const run = (steps: readonly Step[]): Promise<void> => runSteps(first, steps, { withoutRoles, notes, ...given({ signal }) })
    await run(files.roles)
    await run(files.before)
    const planned = planRestore(manifest, files.after, options.compare ?? true)
    const byName = new Map(manifest.tables.map((table) => [table.name, table]))
    let done = 0
    await carryOut(
      all,
      planned.map((work) => ({
        ...work,
        run: async (session) => {
          signal?.throwIfAborted()
          const table = byName.get(work.name)
          const step = work.step === undefined ? undefined : files.after[work.step]
          if (step !== undefined) await runSteps(session, [step], { withoutRoles, notes })
          else if (table !== undefined && work.kind === 'rows') await loadRows(session, table, options)
          else if (work.kind === 'analyze') await session.query(`analyze ${work.name}`)
          else if (table !== undefined) await requireSame(session, table)
          done++
          onProgress?.({ what: work.kind === 'step' ? work.name : `${work.kind} ${work.name}`, done, of: planned.length })
        },
      })),
    )
    for (const sequence of manifest.sequences) await first.query(setValue(sequence))
    await run(files.grants)
  })
  return notes
}

async function stepsIn({ place, key, manifest }: RestoreOptions, name: SqlFile): Promise<readonly Step[]> {
  const text = await textOf({ place, key, packed: false }, manifest.sql[name])
  return parseSteps(text, manifest.marker, `${place.name}/${name}.sql`)
}

export async function textOf(form: Parameters<typeof readBackupFile>[0], file: BackupFile): Promise<string> {
  const parts: Buffer[] = []
  for await (const chunk of readBackupFile(form, file)) parts.push(chunk)
  return Buffer.concat(parts).toString('utf8')
}

/** The rows come in frozen: the table was emptied in the same transaction, so that nobody has to visit them again. */
async function loadRows(session: Connection, table: SavedTable, { place, key, signal }: RestoreOptions): Promise<void> {
  if (table.rows === 0) return await verifyBackupFile({ place, key, packed: true }, table.file)
  await session.query(`begin; truncate only ${table.name}`)
  try {
    const sql = `copy ${tableAndColumns(table)} from stdin (freeze)`
    await copyIn(session, sql, readBackupFile({ place, key, packed: true }, table.file), given({ signal }))
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

const ownership = /^alter .* owner to /s

/** What fails of these is told, and does not end the restore: no row hangs on it. */
const mayFail = new Set(['grants', 'membership', 'database', 'default privileges', 'extension'])

async function runSteps(
  session: Connection,
  steps: readonly Step[],
  { withoutRoles, notes, signal }: { readonly withoutRoles: boolean; readonly notes: string[]; readonly signal?: AbortSignal },
): Promise<void> {
  for (const { kind, name, statements } of steps) {
    signal?.throwIfAborted()
    if (withoutRoles && (kind === 'grants' || kind === 'database' || kind === 'default privileges' || kind === 'policy')) continue
    for (const statement of statements) {
      if (withoutRoles && (ownership.test(statement) || /^(grant|revoke) /.test(statement))) continue
      try {
        await session.query(statement)
      } catch (error) {
        if (!mayFail.has(kind))
          throw backupErrors.refused(`${kind} ${name} cannot be made: ${(error as Error).message}`, restoring(error, statement))
        notes.push(`${kind} of ${name}: ${(error as Error).message}`)
      }
    }
  }
}

const restoring = (cause: unknown, statement: string) => ({
  cause,
  facts: { statement: statement.slice(0, 500) },
  next: 'Nothing was changed. Restore as a role that may do this (a superuser, or one that is a member of the owners), or with --no-roles.',
})
