import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Logger, type Pipeline, tablesOf } from '@sluice/author'
import { type Instant, type Json, manualRunKey } from '@sluice/core'
import { type Engine, manualInterval, openEngine, runInProcess, startWorkers } from '@sluice/engine'
import { stateLakes } from '@sluice/lake/capability'
import { testDatabase } from '@sluice/postgres/testing'
import { closers } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import { createTableSql, migrateProject, openWarehouse } from '@sluice/warehouse'
import { openCapabilities } from '../capabilities/open.ts'
import type { CapabilityOptions } from '../capabilities/options.ts'
import { projectOptions } from '../capabilities/project-options.ts'
import { loadDefinitions, type ProjectDefinitions, publish } from '../definitions/definitions.ts'
import { loadSettings } from '../settings.ts'
import { changeServices } from '../state/services-file.ts'
import { writeDemoProfile } from '../state/state-dir.ts'
import { warehouseSetup } from '../stores/prepare.ts'
import { blotted, ledgerOf, type Outcome, rowsOf, type TaskOutcome } from './outcome.ts'
import { rootProjectFolder } from './platform-folder.ts'

export interface RoadOptions {
  /** The folder of the project. */
  readonly dir: string
  /** Of the runs, and of the simulators: both roads see the same upstream at the same instant. */
  readonly at: Instant
  readonly env?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, Json>>
}

/** Runs of all pipelines of a project, one after another. */
export interface Road extends AsyncDisposable {
  readonly project: string
  readonly pipelines: readonly string[]
  readonly stateDir: string
  run(pipeline: string, id?: string): Promise<Outcome & { readonly id: string }>
}

/** As `sluice pipelines test` runs them: in this process, without a metadata database. */
export async function inProcess(options: RoadOptions): Promise<Road> {
  const { world, place, close, opened } = await openWorld(options)
  const { of, project, stateDir } = world
  const { capabilities, secrets = [] } = openCapabilities({ stateDir, databaseUrl: '', options: place.all }).of(project, place.own)
  for (const end of capabilities) if (end.close !== undefined) opened.add(end.close)
  const history = { written: [], taken: [] }
  return {
    ...world,
    run: async (name, id = 'test') => {
      const definition = ((await import(pathToFileURL(join(of.versionDir, of.files[name] ?? '')).href)) as { readonly default: Pipeline })
        .default
      const logs: Record<string, string[]> = {}
      const { state, tasks } = await runInProcess(definition, {
        project,
        timeZone: of.timeZone,
        capabilities,
        secrets,
        runId: id,
        key: manualRunKey(id),
        history,
        params: options.params ?? {},
        interval: manualInterval(definition.schedule, options.at, of.timeZone),
        logOf: (task) => {
          const lines = logs[task] ?? []
          logs[task] = lines
          return keptLines(lines)
        },
        sleep: async () => undefined,
      })
      const told: Record<string, TaskOutcome> = {}
      for (const { task, state, output = null, error, reason } of tasks)
        told[task] = { state, output, error: shown(error), reason, log: (logs[task] ?? []).filter(isOfTask) }
      const receipts = tasks.flatMap((task) => task.receipts).filter(({ replayed }) => !replayed)
      return await world.outcome({ id, state, tasks: told, ledger: ledgerOf(receipts) })
    },
    [Symbol.asyncDispose]: close,
  }
}

/** As the platform runs them: by a worker process, over a metadata database. @param module instead of the platform's capabilities */
export async function throughWorkers(options: RoadOptions, module = import.meta.resolve('@sluice/platform/capabilities')): Promise<Road> {
  const { world, place, close, opened } = await openWorld(options)
  const { of, project, stateDir } = world
  const database = await testDatabase()
  opened.add(database.drop)
  const engine = await openEngine(database.url)
  opened.add(engine.close)
  await publish(database.url, [of])
  const workers = await startWorkers({
    databaseUrl: database.url,
    stateDir,
    count: 1,
    pollMs: 100,
    capabilities: { module, options: place.all, optionsOf: () => place.own },
    onEvent: (event) => {
      if (event.kind === 'trouble') process.stderr.write(`worker: ${event.message}\n`)
    },
  })
  opened.add(() => workers.stop())
  return {
    ...world,
    run: async (name) => {
      const { id } = await engine.trigger({ project, pipeline: name }, { logicalTime: options.at, params: options.params ?? {} })
      const run = await engine.waitForRun(id)
      const tasks: Record<string, TaskOutcome> = {}
      for (const { task, state, output, error, reason } of run.taskRuns)
        tasks[task] = { state, output, error: shown(error), reason, log: await logOf(engine, stateDir, id, task) }
      const ledger = (await engine.ledger({ run: id, limit: 500 })).items
      return await world.outcome({ id, state: run.state, tasks, ledger: ledgerOf(ledger) })
    },
    [Symbol.asyncDispose]: close,
  }
}

interface World {
  readonly of: ProjectDefinitions
  readonly project: string
  readonly pipelines: readonly string[]
  readonly stateDir: string
  outcome(of: Omit<Outcome, 'rows'> & { readonly id: string }): Promise<Outcome & { readonly id: string }>
}

/** A folder with this one project, its lake and its warehouse. */
async function openWorld({ dir, at, env = {} }: RoadOptions) {
  const since = Date.now()
  const opened = closers()
  const folder = await rootProjectFolder(dir)
  const { root, stateDir } = folder
  opened.add(async () => await folder[Symbol.asyncDispose]())
  await mkdir(stateDir)
  await writeDemoProfile(stateDir)
  const [named] = (await loadSettings({ root, env })).projects
  if (named === undefined) throw new Error(`${dir} is not a project`)
  opened.add(await startStillSimulators(stateDir, dir, named.project, at))
  const settings = await loadSettings({ root, env })
  const [of] = await loadDefinitions(settings)
  if (of === undefined || of.errors.length > 0) throw new Error(`${dir} does not load: ${JSON.stringify(of?.errors)}`)
  const warehouse = await warehouseFor(of)
  opened.add(warehouse.drop)
  const { url } = warehouse
  const duckdb = { memoryLimitMb: 512, threads: 1 }
  const all: CapabilityOptions = { lakeUrl: settings.lakeUrl, duckdb }
  const own = projectOptions(of.name, { settings, warehouse: { ownerUrl: url, readerUrl: url }, environment: {} })
  const world: World = {
    of,
    project: of.name,
    pipelines: orderOf(settings, of),
    stateDir,
    outcome: async (ended) => {
      const lakes = stateLakes({ stateDir, lakeUrl: null, duckdb })
      const store = openWarehouse({ database: { url }, project: of.name, maxConnections: 1 })
      try {
        const rows = await rowsOf(await lakes.of(of.name, {}), store)
        return { ...blotted({ ...ended, rows }, { since }), id: ended.id }
      } finally {
        await store.close()
        await lakes.close()
      }
    },
  }
  return { world, place: { all, own }, opened, close: opened.close }
}

/** What the demo runs first, in its order, then the others. */
function orderOf({ projects }: Settings, of: ProjectDefinitions): readonly string[] {
  return [...new Set([...(projects[0]?.project.demo.pipelines ?? []), ...of.specs.map(({ name }) => name)])]
}

/** The stand-ins of the project, whose clock stands still. */
async function startStillSimulators(
  stateDir: string,
  dir: string,
  { name, demo }: Settings['projects'][number]['project'],
  at: Instant,
): Promise<() => Promise<void>> {
  const started = closers()
  for (const [connection, specifier] of Object.entries(demo.simulators)) {
    const path = createRequire(join(dir, 'package.json')).resolve(specifier)
    const { start } = (await import(pathToFileURL(path).href)) as {
      start(options: object): Promise<{ readonly url: string; readonly apiKey?: string; close(): Promise<void> }>
    }
    const { url, apiKey: token, close } = await start({ port: 0, seed: 1, now: () => at })
    started.add(close)
    const address = { url, ...(token === undefined ? {} : { token }) }
    await changeServices(stateDir, (now) => ({ ...now, simulators: { ...now.simulators, [`${name}/${connection}`]: address } }))
  }
  return started.close
}

/** A database with the tables that the project's migrations make, or those that it declares where it has none. */
async function warehouseFor(of: ProjectDefinitions): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const database = await testDatabase()
  const { url } = database
  const place = await warehouseSetup(of, { ownerUrl: url, readerUrl: url })
  await migrateProject(place, { direction: 'up' })
  if (place.migrations === null) {
    const warehouse = openWarehouse({ database: { url }, project: of.name, maxConnections: 1 })
    for (const statement of tablesOf(of.datasets).flatMap((table) => createTableSql(table, of.keys))) await warehouse.pool.query(statement)
    await warehouse.close()
  }
  return { url, drop: database.drop }
}

const shown = (error: { readonly code: string; readonly message: string } | null): TaskOutcome['error'] =>
  error === null ? null : { code: error.code, message: error.message }

/** What the engine says of attempts differs: a worker's log has its own lines for their begin and end. */
const isOfTask = (line: string): boolean => !/^(?:info attempt \d+ of |info ended: |warn attempt \d+ failed, trying again$)/.test(line)

function keptLines(lines: string[]): Logger {
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

async function logOf(engine: Engine, stateDir: string, run: string, task: string): Promise<readonly string[]> {
  const lines: string[] = []
  for (const { log } of await engine.attempts(run, task)) {
    for (const line of (await textOf(join(stateDir, log))).split('\n').filter((each) => each !== '')) {
      const { level, message, facts, from } = JSON.parse(line) as Line
      // A failure that is tried again is a line of the attempt there, and of the run here; `console` belongs to the process here.
      if (facts?.outcome !== 'retry' && from === undefined) lines.push(`${level} ${message}`)
    }
  }
  return lines.filter(isOfTask)
}

/** A task that logs nothing has no file. */
const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })

interface Line {
  readonly level: string
  readonly message: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly from?: string
}
