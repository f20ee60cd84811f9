import { join } from 'node:path'
import { type AnyDataset, type DefinitionError, type ForeignKey, isView, tablesOf } from '@sluice/author'
import { type AnswerLimits, definitionErrors, given, notFound } from '@sluice/core'
import type { MigrationFault, Waiting } from '@sluice/postgres'
import { closers } from '@sluice/process'
import { type Dictionary, dictionaryOf } from '../dictionary/dictionary.ts'
import { newNameOf } from '../drift/renames.ts'
import type { MetViews } from '../drift/views-aside.ts'
import { migrate, migrateBack, migrationsStanding, migrationsStatus, planMigration } from '../migrate/migrate.ts'
import { migratePlatform } from '../migrate/platform-migrations.ts'
import { type Proposal, proposeMigration } from '../propose/propose-migration.ts'
import { readSchema } from '../propose/schema-files.ts'
import { objectsOf } from '../propose/schema-objects.ts'
import type { Scratch } from '../propose/scratch.ts'
import type { RowsFormat, ToParquet } from '../query/export-rows.ts'
import type { SqlTextOptions } from '../query/read-only.ts'
import { openWarehouse, type Warehouse } from '../warehouse.ts'
import { type NamedQuery, queryNamed, readQueries } from './queries.ts'

/** What a project says of the tables of its warehouse. */
export interface DeclaredTables {
  /** Of the project. */
  readonly folder: string
  /** Folder of the project's migrations; `null` when it has none. */
  readonly migrations: string | null
  /** Those of the warehouse are what its migrations must have made. */
  readonly datasets: readonly AnyDataset[]
  /** Keys declared beside the datasets. */
  readonly keys: readonly ForeignKey[]
  /** Folder of the files that declare what no dataset can; `null` when it has none. */
  readonly schema?: string | null
  /** What a file declares that does not load is not among `datasets`. */
  readonly errors?: readonly DefinitionError[]
}

/** What it takes to open the warehouse of one project. */
export interface WarehouseSetup extends DeclaredTables {
  readonly project: string
  readonly timeZone: string
  readonly ownerUrl: string
  readonly readerUrl: string
  /** Folder of its named queries, which need not exist. */
  readonly queries: string
}

export interface MigrateRequest {
  readonly direction: 'up' | 'down'
  /** The migration that shall be the last applied, or `none`; down without it takes back one. */
  readonly to?: string
  readonly dryRun?: boolean
}

export interface MigrateAnswer {
  readonly project: string
  readonly dryRun: boolean
  /** In the order they ran, or would run. */
  readonly steps: readonly { readonly direction: 'up' | 'down'; readonly id: string }[]
  /** Views of models that read what the steps changed. */
  readonly views: MetViews
}

/** How the next migration shall be written. */
export interface DiffRequest {
  /** Of the migration; its tables name it unless given. */
  readonly name?: string
  /** `schema.table.old=new` for a column, `schema.old=schema.new` for a table. */
  readonly renames?: readonly string[]
  /** What has another name and is not in `renames` is dropped and made anew. */
  readonly allowLoss?: boolean
}

/** Which migrations a database has. */
export interface MigrationsAnswer {
  readonly project: string
  /** The instant in epoch milliseconds. */
  readonly applied: readonly { readonly id: string; readonly appliedAt: number }[]
  readonly pending: readonly string[]
  /** Of those that were changed, are gone or come too late. */
  readonly faults: readonly MigrationFault[]
}

/** What the migrations of a project lack, and where the one to write belongs. */
export interface DiffAnswer extends Proposal {
  readonly project: string
  /** Folder of the project's migrations on the machine of the platform. */
  readonly folder: string
}

/** Where programs that know PostgreSQL reach a warehouse. */
export interface WarehouseConnection {
  readonly project: string
  /** Of the role that may only read, with its password. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/** A warehouse with what a project keeps for it: named queries and migrations. */
export interface ProjectWarehouse extends Omit<Warehouse, 'close'> {
  /** By name. */
  queries(): Promise<readonly NamedQuery[]>
  /** Pieces of JSON, as `sqlJson`. @throws `not_found` with the names there are */
  runQuery(name: string, options: SqlTextOptions): Promise<readonly string[]>
  migrate(request: MigrateRequest): Promise<MigrateAnswer>
  /**
   * Compares what the migrations make, and the database, with what the files of the project declare now. Changes nothing.
   * @throws `definition.broken` where they have errors
   */
  diff(request?: DiffRequest): Promise<DiffAnswer>
  migrations(): Promise<MigrationsAnswer>
  connection(): WarehouseConnection
  /** What the files of the project declare now. @throws `definition.broken` where they have errors */
  dictionary(): Promise<Dictionary>
  /** All rows of a query, or of `@name` for one that the project keeps, as a file. Errors as `sqlText`, before the first byte. */
  exportQuery(sql: string, format: RowsFormat, options: SqlTextOptions): Promise<AsyncIterable<Uint8Array>>
}

export interface ProjectWarehouses {
  /** @throws `not_found` */
  of(project: string): Promise<ProjectWarehouse>
  /** All, or that of one project. @throws `not_found` */
  all(project?: string): Promise<readonly ProjectWarehouse[]>
  close(): Promise<void>
}

export interface WarehousesOptions {
  readonly projects: readonly string[]
  /** Asked when a project is first needed. */
  readonly setupOf: (project: string) => Promise<WarehouseSetup>
  /** Asked at each migration, whose files and datasets may have changed since. Unless given, what the setup said. */
  readonly declaredOf?: (project: string) => Promise<DeclaredTables>
  readonly toParquet?: ToParquet
  /** Of queries that people type. */
  readonly limits?: AnswerLimits
  /** Such queries at once: each has a session of its own. */
  readonly queriesAtOnce?: number
  /** For messages to people. */
  readonly note?: (text: string) => void
  /** Databases for a moment, in which migrations that are written are tried out. */
  readonly makeScratch?: (project: string, template?: string) => Promise<Scratch>
}

export function openWarehouses(options: WarehousesOptions): ProjectWarehouses {
  const { projects, setupOf, declaredOf } = options
  const opened = new Map<string, Promise<ProjectWarehouse & Pick<Warehouse, 'close'>>>()
  const of: ProjectWarehouses['of'] = (project) => {
    const known = opened.get(project)
    if (known !== undefined) return known
    if (!projects.includes(project)) {
      throw notFound(`there is no project ${project}`, {
        facts: { project },
        next: `Name one of: ${projects.join(', ')}. A running Sluice learns of a new project when it is started again.`,
      })
    }
    const opening = setupOf(project).then((setup) => openWith(setup, declaredOf ?? (async () => setup), options))
    opened.set(project, opening)
    opening.catch(() => opened.delete(project))
    return opening
  }
  return {
    of: async (project) => await of(project),
    all: async (project) => await Promise.all((project === undefined ? projects : [project]).map(of)),
    close: async () => {
      const all = closers()
      // One that could not be opened has nothing to close.
      for (const each of await Promise.allSettled(opened.values())) if (each.status === 'fulfilled') all.add(each.value.close)
      await all.close()
    },
  }
}

function openWith(
  setup: WarehouseSetup,
  declaredOf: (project: string) => Promise<DeclaredTables>,
  { toParquet, limits, queriesAtOnce, makeScratch, note = () => undefined }: WarehousesOptions,
): ProjectWarehouse & Pick<Warehouse, 'close'> {
  const { project, timeZone, ownerUrl, readerUrl } = setup
  const scratch = makeScratch === undefined ? undefined : (template?: string) => makeScratch(project, template)
  const warehouse = openWarehouse({
    project,
    timeZone,
    database: { url: ownerUrl },
    readerUrl,
    ...given({ limits, maxReaders: queriesAtOnce }),
  })
  return {
    ...warehouse,
    queries: () => readQueries(setup.queries),
    runQuery: async (name, options) => {
      const { sql } = queryNamed(await readQueries(setup.queries), project, name)
      return await warehouse.sqlJson(sql, { ...options, params: options.params ?? {} })
    },
    diff: async ({ renames, ...request } = {}) => {
      const { folder, migrations, datasets, keys, schema = null } = wholly(project, await declaredOf(project))
      const tables = tablesOf(datasets)
      const views = datasets.filter(isView).map((view) => view.name)
      const proposal = await proposeMigration(
        ownerUrl,
        migrations,
        { tables, keys, views, schema, ...request, renames: (renames ?? []).map(newNameOf) },
        scratch,
      )
      return { project, folder: join(folder, 'migrations'), ...proposal }
    },
    migrations: async () => {
      const { migrations } = await declaredOf(project)
      if (migrations === null) return { project, applied: [], pending: [], faults: [] }
      const { applied, pending, faults } = await migrationsStanding(ownerUrl, migrations)
      return { project, applied: applied.map(({ id, appliedAt }) => ({ id, appliedAt })), pending, faults }
    },
    connection: () => connectionOf(project, readerUrl),
    dictionary: async () => {
      const { datasets, keys, schema } = wholly(project, await declaredOf(project))
      return dictionaryOf(project, datasets, keys, schema == null ? [] : objectsOf(await readSchema(schema)))
    },
    exportQuery: async (typed, format, options) => {
      if (!typed.startsWith('@')) return await warehouse.sqlFile(typed, { ...options, format, toParquet })
      const { sql } = queryNamed(await readQueries(setup.queries), project, typed.slice(1))
      return await warehouse.sqlFile(sql, { ...options, params: options.params ?? {}, format, toParquet })
    },
    migrate: async (request) => await migrateProject({ ...setup, ...(await declaredOf(project)) }, request, waitingNotes(project, note)),
  }
}

/** Tables of a file that does not load would count as declared by nobody. */
function wholly(project: string, declared: DeclaredTables): DeclaredTables {
  const [first, ...others] = declared.errors ?? []
  if (first === undefined) return declared
  const { file, line, column, message, next } = first
  const place = [file, line, column].filter((part) => part !== null).join(':')
  const rest = others.length === 0 ? '' : `, and ${others.length} more`
  throw definitionErrors.broken(
    `${project} has definition errors, so what it declares is not known as a whole: ${place}: ${message}${rest}`,
    {
      facts: { project, file, line, column, errors: others.length + 1 },
      next: `${next === null ? '' : `${next} `}"sluice validate" shows each error with its lines.`,
    },
  )
}

function connectionOf(project: string, url: string): WarehouseConnection {
  const { hostname, port, pathname, username } = new URL(url)
  return {
    project,
    url,
    host: decodeURIComponent(hostname),
    port: port === '' ? 5432 : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
  }
}

/** A wait is told after a second, and then every ten. */
function waitingNotes(project: string, note: (text: string) => void): (waiting: Waiting) => void {
  let next = 1_000
  return ({ id, ms, holders }) => {
    if (ms < next) return
    next = ms + 10_000
    const held = holders.length === 0 ? '' : ` that ${holders.join(' and ')} holds`
    note(`warehouse of ${project}: ${id} has been waiting for a lock${held} for ${Math.round(ms / 1000)} s; queries go on meanwhile`)
  }
}

/** Brings the tables of a project where the request says. */
export async function migrateProject(
  { project, ownerUrl, migrations, datasets, keys }: WarehouseSetup,
  request: MigrateRequest,
  onWait: (waiting: Waiting) => void = () => undefined,
): Promise<MigrateAnswer> {
  let views: MetViews = { again: [], gone: [] }
  const onViews = (met: MetViews): void => {
    views = met
  }
  const answer = (steps: MigrateAnswer['steps']): MigrateAnswer => ({ project, dryRun: request.dryRun ?? false, steps, views })
  const tables = tablesOf(datasets)
  if (migrations === null) {
    if (request.direction === 'up' && request.dryRun === true) await planMigration(ownerUrl, migrations, { tables, keys })
    else if (request.direction === 'up') await migratePlatform(ownerUrl, { onWait })
    return answer([])
  }
  const to = request.to ?? (request.direction === 'up' ? 'latest' : await oneBack(ownerUrl, migrations))
  if (request.dryRun === true) {
    const plan = await planMigration(ownerUrl, migrations, request.direction === 'up' ? { to, tables, keys } : { to })
    return answer(
      plan.filter((step) => step.direction === request.direction).map(({ direction, migration }) => ({ direction, id: migration.id })),
    )
  }
  const ids =
    request.direction === 'up'
      ? await migrate(ownerUrl, migrations, { tables, keys, onWait, onViews, ...given({ to: request.to }) })
      : await migrateBack(ownerUrl, migrations, to, { onWait, onViews })
  return answer(ids.map((id) => ({ direction: request.direction, id })))
}

async function oneBack(url: string, folder: string): Promise<string> {
  const { applied } = await migrationsStatus(url, folder)
  return applied.at(-2)?.id ?? 'none'
}
