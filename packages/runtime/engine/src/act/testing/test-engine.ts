import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { activeRuns, graphOf, type MaxActiveRuns, type Pipeline, type PipelineSpec, type TaskSpec } from '@sluice/author'
import { hashText } from '@sluice/core'
import { installed } from '@sluice/core/testing/installed'
import { openPool, type Pool, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import type { Engine } from '../../api.ts'
import { openEngine } from '../../open-engine.ts'
import { publishVersion } from '../../state/definitions.ts'
import { httpRoleOf, openHttpRole } from '../../state/http-role.ts'
import { stateHistory } from '../../state/migrate.ts'
import { openWorkerRole, workerRoleOf } from '../../state/worker-role.ts'

/** A metadata database and a state directory of a test, with what it needs to publish pipelines as source text. */
export interface TestEngine extends AsyncDisposable {
  readonly engine: Engine
  readonly pool: Pool
  readonly databaseUrl: string
  /** As whom worker processes connect. */
  readonly workerUrl: string
  /** As whom the process connects that answers people. */
  readonly httpUrl: string
  readonly stateDir: string
  /** Publishes specs of project `p` that no worker can run; answers the version. */
  publishSpecs(specs: readonly PipelineSpec[], options?: { readonly timeZone?: string; readonly now?: number }): Promise<string>
  /** Publishes pipeline modules of project `p`, without their imports; answers the version. */
  publish(modules: Readonly<Record<string, string>>, options?: { readonly timeZone?: string; readonly now?: number }): Promise<string>
}

/** Task specs of a graph, for tests of transitions, which run no code. */
export const taskSpec = (name: string, upstream: readonly string[] = [], rest: Partial<TaskSpec> = {}): TaskSpec => ({
  name,
  kind: 'task',
  group: null,
  upstream,
  needs: {},
  reads: [],
  fills: [],
  rule: 'all_success',
  retry: { attempts: 1, delayMs: 0, backoff: 'constant', maxDelayMs: 0 },
  timeoutMs: null,
  everyMs: null,
  pollTimeoutMs: null,
  onTimeout: null,
  description: null,
  pool: null,
  computes: false,
  ...rest,
})

export const pipelineSpec = (
  name: string,
  tasks: readonly TaskSpec[],
  { maxActiveRuns = 1_000, ...rest }: Partial<Omit<PipelineSpec, 'maxActiveRuns'>> & { readonly maxActiveRuns?: MaxActiveRuns } = {},
): PipelineSpec => ({
  name,
  description: null,
  schedule: null,
  catchup: false,
  maxActiveRuns: activeRuns(name, maxActiveRuns),
  tags: [],
  params: {},
  notify: {},
  tasks,
  edges: [],
  external: [],
  ...rest,
})

/** On a clone of the shared test server, or on a database of one's own. */
export async function testEngine(url?: string): Promise<TestEngine> {
  const database = url === undefined ? await ownDatabase() : { url, drop: async () => undefined }
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice engine '))
  await symlink(installed().modules, join(stateDir, 'node_modules'))
  const pool = openPool(database.url, { max: 4 })
  const engine = await openEngine(database.url)
  const { url: workerUrl } = await openWorkerRole(database.url)
  const { url: httpUrl } = await openHttpRole(database.url)
  return {
    engine,
    pool,
    databaseUrl: database.url,
    workerUrl,
    httpUrl,
    stateDir,
    publishSpecs: async (specs, { timeZone = 'UTC', now = Date.now() } = {}) => {
      const version = hashText(JSON.stringify(specs)).slice(0, 16)
      await publishVersion(pool, { project: 'p', timeZone, version, specs, files: {}, errors: [] }, now)
      return version
    },
    publish: async (modules, { timeZone = 'UTC', now = Date.now() } = {}) => {
      const version = hashText(JSON.stringify(modules)).slice(0, 16)
      const dir = join(stateDir, 'versions', version, 'p', 'pipelines')
      await mkdir(dir, { recursive: true })
      const specs = []
      const files: Record<string, string> = {}
      for (const [name, text] of Object.entries(modules)) {
        const file = join(dir, `${name}.ts`)
        await writeFile(file, `import { defineErrors, inputErrors, pipeline, retryable, sensor, skip, task } from 'sluice'\n${text}`)
        const { default: defined } = (await import(pathToFileURL(file).href)) as { default: Pipeline }
        specs.push(graphOf(defined).spec)
        files[defined.name] = file
      }
      await publishVersion(pool, { project: 'p', timeZone, version, specs, files, errors: [] }, now)
      return version
    },
    [Symbol.asyncDispose]: async () => {
      await engine.close()
      await pool.end()
      await database.drop()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

/** Roles belong to the whole server: those of a database go once the database is gone, with what they were granted there. */
async function ownDatabase(): Promise<Pick<TestDatabase, 'url' | 'drop'>> {
  const { url, name, drop } = await testDatabase(await stateHistory())
  const dropBoth = async (): Promise<void> => {
    await drop()
    const roles = [workerRoleOf(name), httpRoleOf(name)].map((role) => quoteIdentifier(role)).join(', ')
    await withSession(urlFor(url, 'postgres'), (session) => session.query(`drop role if exists ${roles}`))
  }
  return { url, drop: dropBoth }
}
