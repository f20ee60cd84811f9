import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import {
  type BackupFile,
  type BackupKey,
  type BackupPlace,
  backupErrors,
  manifestName,
  manifestText,
  writeBackupFile,
} from '@sluice/backup'
import { type Connection, copyOut, withSession } from '@sluice/postgres'
import {
  type DatabaseSchema,
  type Item,
  readDatabase,
  rowsChecksum,
  type Section,
  sharedOut,
  type TableOfRows,
  withSnapshot,
} from '@sluice/postgres/dump'
import { inWarehouse } from '../fault.ts'
import type { DatabaseManifest, SavedTable } from './manifest.ts'
import { psqlScript } from './psql-script.ts'
import { type Step, stepsText } from './statements-file.ts'
import { type Named, tableAndColumns } from './table-and-columns.ts'

/** What a backup has done so far. */
export interface SaveProgress {
  readonly table: string
  /** Of the rows, as text. */
  readonly bytes: number
  readonly tablesDone: number
  readonly tables: number
}

export interface SaveOptions {
  /** Of a role that may read all of it. */
  readonly url: string
  /** The folder of this backup alone, empty yet. */
  readonly place: BackupPlace
  readonly key?: BackupKey | undefined
  /** Of the platform. */
  readonly version: string
  /** Sessions that read at once. Default 2. */
  readonly sessions?: number
  readonly onProgress?: (progress: SaveProgress) => void
  /** Called when the instant of the backup is fixed: what is read later belongs to it all the same. */
  readonly onSnapshot?: () => Promise<void> | void
  readonly signal?: AbortSignal
}

/**
 * A logical backup of a database: its schema as SQL, and the rows of each table as the text of COPY, all as of one instant. Passwords of
 * roles are in it only where it is encrypted. The manifest comes last.
 */
export async function saveDatabase(options: SaveOptions): Promise<DatabaseManifest> {
  const { url, place, key, version, sessions = 2, signal } = options
  if ((await place.text(manifestName)) !== undefined) {
    throw backupErrors.refused(`${place.name} holds a backup already`, { next: 'Give each backup a folder of its own.' })
  }
  return await inWarehouse(() =>
    withSnapshot(url, sessions, async (all) => {
      const [first] = all
      if (first === undefined) throw backupErrors.refused('a backup needs a session', { next: 'Give at least one.' })
      const facts = await factsOf(first)
      const schema = await readDatabase(first, { passwords: key !== undefined })
      await options.onSnapshot?.()
      const marker = `sluice:${randomBytes(12).toString('hex')}`
      const plain = { place, key, packed: false }
      const write = async (name: string, text: string): Promise<BackupFile> =>
        await writeBackupFile(plain, `${name}.sql`, once(Buffer.from(text)))
      const nameOf = new Map(schema.tables.map(({ id, name }) => [id, name]))
      const steps = (...sections: readonly Section[]): readonly Step[] =>
        schema.items.filter(({ section }) => sections.includes(section)).map((item) => stepOf(item, nameOf))
      const sql = {
        roles: await write('roles', stepsText(rolesSteps(schema), marker)),
        before: await write('before', stepsText(steps('before'), marker)),
        after: await write('after', stepsText(steps('after'), marker)),
        grants: await write('grants', stepsText(steps('grants', 'last'), marker)),
      }
      const tables = await saveRows(all, schema.tables, { ...options, place, key })
      if (key === undefined) await place.write('restore.sql', once(Buffer.from(psqlScript(schema, tables))))
      signal?.throwIfAborted()
      const files = [...Object.values(sql), ...tables.map(({ file }) => file)]
      const manifest: DatabaseManifest = {
        backup: 1,
        kind: 'database',
        takenAt: facts.takenAt,
        sluice: version,
        database: facts.database,
        server: { version: schema.version, encoding: facts.encoding, locale: facts.locale },
        walPosition: facts.walPosition,
        encrypted: key !== undefined,
        marker,
        roles: schema.roles.map(({ name }) => name),
        sql,
        tables,
        sequences: schema.sequences,
        migrations: await migrationsOf(first, schema),
        leftOut: schema.leftOut,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      }
      if (!(await place.create(manifestName, manifestText(manifest, key)))) {
        throw backupErrors.refused(`another backup was written to ${place.name} meanwhile`, { next: 'Make another one.' })
      }
      return manifest
    }),
  )
}

/** What a backup of the database would hold, by the catalogue alone: nothing is written. */
export async function lookAtDatabase(url: string): Promise<{
  readonly tables: readonly TableOfRows[]
  readonly leftOut: readonly string[]
}> {
  return await inWarehouse(() => withSnapshot(url, 1, async ([session]) => await readDatabase(session as Connection, { passwords: false })))
}

const stepOf = ({ kind, name, tables = [], statements }: Item, nameOf: ReadonlyMap<string, string>): Step => ({
  kind,
  name,
  // A key of a table that has no rows of its own, such as the parent of partitions, has no name here, and so runs alone.
  tables: tables.every((id) => nameOf.has(id)) ? tables.map((id) => nameOf.get(id) ?? id) : [],
  statements,
})

/** Roles before who is a member of whom. */
const rolesSteps = ({ roles }: DatabaseSchema): readonly Step[] => [
  ...roles.map(({ name, create, verifier }) => ({
    kind: 'role',
    name,
    tables: [],
    statements: verifier === null ? [create] : [create.replace(/; end if; end'$/, ` password ''${verifier}''; end if; end'`)],
  })),
  ...roles.flatMap(({ name, memberships }) =>
    memberships.length === 0 ? [] : [{ kind: 'membership', name, tables: [], statements: memberships }],
  ),
]

async function saveRows(
  sessions: readonly Connection[],
  tables: readonly TableOfRows[],
  { place, key, onProgress, signal }: SaveOptions,
): Promise<readonly SavedTable[]> {
  const saved = new Map<string, SavedTable>()
  const width = String(tables.length).length
  const paths = new Map(tables.map(({ name }, n) => [name, `data/${String(n + 1).padStart(width, '0')}.copy.zst`]))
  // The largest first, so that no session has it alone at the end.
  const jobs = tables.toSorted((a, b) => b.bytes - a.bytes)
  await sharedOut(sessions, jobs, async (session, table) => {
    signal?.throwIfAborted()
    const file = paths.get(table.name) ?? ''
    const sum = rowsChecksum()
    const out = new PassThrough({ highWaterMark: 4 << 20 })
    const copying = copyOut(session, copyTo(table), out)
    copying.catch((error: unknown) => out.destroy(error as Error))
    const summed = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of out as AsyncIterable<Buffer>) {
        signal?.throwIfAborted()
        sum.add(chunk)
        yield chunk
      }
    }
    const [writing, rows] = await Promise.allSettled([writeBackupFile({ place, key, packed: true }, file, summed()), copying])
    if (writing.status === 'rejected') throw rows.status === 'rejected' && out.errored === rows.reason ? rows.reason : writing.reason
    if (rows.status === 'rejected') throw rows.reason
    saved.set(table.name, { name: table.name, columns: table.columns, rows: rows.value, checksum: sum.digest(), file: writing.value })
    onProgress?.({ table: table.name, bytes: writing.value.plainBytes, tablesDone: saved.size, tables: tables.length })
  })
  return tables.flatMap(({ name }) => saved.get(name) ?? [])
}

const copyTo = (table: Named): string => `copy ${tableAndColumns(table)} to stdout`

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

async function factsOf(session: Connection) {
  const [facts] = await session.query<{ takenAt: number; database: string; encoding: string; locale: string }>(
    `select now() as "takenAt", current_database()::text as database, pg_encoding_to_char(encoding)::text as encoding, datcollate as locale
     from pg_database where datname = current_database()`,
  )
  const [wal] = await session.query<{ position: string | null }>(
    'select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as position',
  )
  if (facts === undefined) throw backupErrors.refused('the database does not tell its name', { next: 'Please report this.' })
  return { ...facts, takenAt: new Date(facts.takenAt).toISOString(), walPosition: wal?.position ?? null }
}

/** Lists of migrations that were applied, wherever the platform keeps them. */
async function migrationsOf(session: Connection, { tables }: DatabaseSchema): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {}
  for (const { name } of tables) {
    if (!/(^|\.)sluice_migrations$/.test(name)) continue
    found[name] = (await session.query<{ id: string }>(`select id::text as id from ${name} order by 1`)).map(({ id }) => id)
  }
  return found
}

/** Whether the role of the URL can be reached at all, before anything is written. */
export const reach = (url: string): Promise<void> =>
  inWarehouse(() => withSession(url, async (session) => void (await session.query('select 1'))))
