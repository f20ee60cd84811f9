import { readFileSync } from 'node:fs'
import { openUsers } from '@sluice/accounts'
import { maskOf } from '@sluice/core'
import { type Engine, openEngine } from '@sluice/engine'
import { closeBegun, lazily, once } from '@sluice/process'
import type { App } from '@sluice/serve'
import { type Client, createClient, type Transport } from '@sluice/serve/client'
import { keyOf, loginLink } from '@sluice/serve/owner'
import { checkValues, type Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import { backupsApi } from './api/backups-api.ts'
import { budgetsApi } from './api/budgets-api.ts'
import { datasetsApi } from './api/datasets-api.ts'
import { modelsApi } from './api/models-api.ts'
import { openNotifications } from './api/notifications-api.ts'
import { settingsApi } from './api/settings-api.ts'
import { sourcesApi } from './api/sources-api.ts'
import { databasesOf } from './backup/databases.ts'
import { type Database, openDatabase } from './database/database.ts'
import type { ScratchDoor } from './database/scratch.ts'
import { loadDefinitions, openMemories, type ProjectDefinitions, publish } from './definitions/definitions.ts'
import { projectFolders } from './definitions/project-folders.ts'
import { type Execution, startExecution } from './execution/execution.ts'
import { declaredProject } from './models/declared.ts'
import { rememberPublished } from './models/published.ts'
import { secretsOf } from './secrets.ts'
import { loadSettings } from './settings.ts'
import { type RunningServer, runningServer } from './state/lock.ts'
import { prepareStateDir } from './state/state-dir.ts'
import { openProjectStores, type UrlsByProject } from './stores/project-stores.ts'

/** The parts of one state directory. Each is opened when it is first needed; `close` closes those that were opened, in reverse order. */
export interface Platform {
  readonly settings: Settings
  /** A `sluice start` that runs on the same state. This process then neither publishes definitions nor executes tasks. */
  readonly running: RunningServer | undefined
  /** The routes. They are loaded for whoever answers people or calls this platform, since a server's own process does neither. */
  app(): Promise<App>
  /** A new one-time link to the server at `url`. */
  loginUrl(url: string): string
  /** Calls within this process, with the rights of the local owner. */
  readonly transport: Transport
  readonly client: Client
  database(): Promise<Database>
  definitions(): Promise<readonly ProjectDefinitions[]>
  /** Reads the definitions again and publishes them. */
  reload(): Promise<readonly ProjectDefinitions[]>
  /** Creates the databases and tables of the warehouses that are not up to date. */
  prepareWarehouses(): Promise<UrlsByProject>
  /** The URLs of the warehouses, whose tables are left as they are. */
  warehouseUrls(): Promise<UrlsByProject>
  /** Those of one project's warehouse, whose database and roles are made where they are missing. */
  warehouseUrlsOf(project: string): Promise<WarehouseUrls>
  /** Databases in which migrations are tried out. */
  readonly scratch: ScratchDoor
  /**
   * Starts scheduler, workers and, in the demo profile, simulators, unless another process runs them. Ticks that are due are left to a
   * process that serves: a command runs what it tells, and no more.
   */
  ensureExecution(): Promise<Execution | undefined>
  /** Resolves when this process has tried the messages that are due and copied the runs that ended; at once when it executes nothing. */
  deliver(): Promise<void>
  close(): Promise<void>
}

export interface PlatformOptions {
  readonly root: string
  /** For messages to people. */
  readonly note: (text: string) => void
  /** This process is the `sluice start` of the state: it publishes and executes, whatever the lock says. */
  readonly serving?: boolean
  /** Definitions will be read after every change: what was imported of them is kept in a process of its own. */
  readonly reloads?: boolean | undefined
  /** Opens the workers to debuggers. */
  readonly debuggerPort?: number | undefined
  /** What the `sluice start` of the state has opened: this process answers people beside it, and neither publishes nor executes. */
  readonly parts?: Pick<Platform, 'settings' | 'database' | 'definitions' | 'warehouseUrlsOf' | 'scratch'>
}

export const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version

export async function openPlatform({
  root,
  note: tell,
  serving = false,
  parts,
  reloads,
  debuggerPort,
}: PlatformOptions): Promise<Platform> {
  const settings = parts?.settings ?? (await loadSettings({ root }))
  const { stateDir } = settings
  await prepareStateDir(stateDir)
  const note = (text: string): void => tell(maskOf(secretsOf(settings))(text))
  const running = serving ? undefined : await runningServer(stateDir)
  const executes = running === undefined && parts === undefined
  const key = await keyOf(stateDir)
  const tellRefused = (errors: Awaited<ReturnType<typeof publish>>): void => {
    for (const { project, file, message } of errors) note(`${project}: ${file}: ${message}`)
  }

  const publishAll = async (url: string, all: readonly ProjectDefinitions[]): Promise<void> => {
    tellRefused(await publish(url, all))
    for (const each of all) await rememberPublished(stateDir, declaredProject(each))
  }
  const database = once(() => (parts === undefined ? openDatabase(settings) : parts.database()))
  const memories = reloads === true ? openMemories(settings) : undefined
  let current = once(() => loadDefinitions(settings, memories))
  const definitions = parts?.definitions ?? ((): Promise<readonly ProjectDefinitions[]> => current())
  const engine = once(async (): Promise<Engine> => {
    const { url } = await database()
    const opened = await openEngine(url, { upToDate: parts !== undefined })
    if (executes) await publishAll(url, await definitions())
    return opened
  })
  const stores = openProjectStores({
    settings,
    database,
    definitions,
    warehouseUrlsOf: parts?.warehouseUrlsOf,
    scratch: parts?.scratch,
    note,
  })
  const execution = once(async () => {
    checkValues(settings)
    await engine()
    const [warehouses, { url }] = [await stores.prepareWarehouses(), await database()]
    return await startExecution({
      settings,
      databaseUrl: url,
      warehouses,
      scheduler: true,
      backups: { databases: async () => databasesOf(await database(), await definitions(), warehouses), version },
      ticks: serving,
      simulators: true,
      debuggerPort,
      note,
    })
  })

  const engineApi = lazily(engine)
  /** Of the metadata database after its migrations. */
  const databaseUrl = async (): Promise<string> => {
    await engine()
    return (await database()).url
  }
  const notifications = openNotifications({ settings, stores, databaseUrl })
  const users = once(async () => openUsers(await databaseUrl(), { upToDate: parts !== undefined }))
  const app = once(async (): Promise<App> => {
    const { createAccess, createApp } = await import('@sluice/serve')
    return createApp(
      {
        engine: engineApi,
        lakes: stores.lakes,
        warehouses: stores.warehouses,
        datasets: datasetsApi(definitions, engineApi),
        models: modelsApi({ definitions, settings }, stores, engineApi),
        sources: sourcesApi({ settings, definitions, databaseUrl, lakes: stores.lakes, engine: engineApi }),
        settings: settingsApi(settings),
        backups: backupsApi(settings),
        budgets: budgetsApi(settings, engineApi),
        notifications,
        users: lazily(users),
        info: {
          version,
          stateDir,
          profile: settings.profile ?? 'live',
          projects: settings.projects.map(({ project }) => project.name),
          folders: projectFolders(settings),
          ready: async () => {
            await (await engine()).runs({ limit: 1 })
            return true
          },
        },
      },
      {
        access: createAccess(key),
        allowedHosts: settings.listen.allowedHosts,
        trustedProxies: settings.listen.trustedProxies,
        turns: settings.queries.turns,
        onError: (error, { method, path }) => note(`${method} ${path}: ${error instanceof Error ? error.stack : String(error)}`),
        onSignIn: ({ outcome, username, address }) =>
          note(`${new Date().toISOString()} sign-in ${outcome}: ${username ?? '(no username)'} from ${address}`),
      },
    )
  })
  const inProcess = once(async (): Promise<Transport> => {
    const { inProcessTransport } = await import('@sluice/serve')
    return inProcessTransport(await app())
  })
  const transport: Transport = async (path, init) => await (await inProcess())(path, init)
  return {
    settings,
    running,
    app,
    loginUrl: (url) => loginLink(url, key, Date.now()),
    transport,
    client: createClient(transport),
    database,
    definitions,
    reload: async () => {
      current = once(() => loadDefinitions(settings, memories))
      const fresh = await current()
      await publishAll((await database()).url, fresh)
      return fresh
    },
    prepareWarehouses: stores.prepareWarehouses,
    warehouseUrls: stores.warehouseUrls,
    warehouseUrlsOf: stores.warehouseUrlsOf,
    scratch: stores.scratch,
    ensureExecution: async () => (executes ? await execution() : undefined),
    deliver: async () => {
      await (await execution.begun()?.catch(() => undefined))?.deliver()
    },
    close: async () => {
      await memories?.close()
      await (await execution.begun()?.catch(() => undefined))?.stop()
      await closeBegun(users)
      await notifications.close()
      await stores.close()
      await closeBegun(engine)
      await (await database.begun()?.catch(() => undefined))?.release()
    },
  }
}
