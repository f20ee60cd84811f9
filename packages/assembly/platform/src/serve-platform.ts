import { sweepLinkedCopies } from '@sluice/lake/capability'
import { closers } from '@sluice/process'
import { printed } from '@sluice/serve/terminal'
import { checkValues } from '@sluice/settings'
import { compareTimeZones } from './database/compare-time-zones.ts'
import { keepDatabase } from './database/keep-database.ts'
import type { TimeZoneQuestion } from './database/time-zones-process.ts'
import type { ProjectDefinitions } from './definitions/definitions.ts'
import { openAnsweringRole } from './http/answering-role.ts'
import { startHttp } from './http/start-http.ts'
import { openPlatform, type Platform } from './platform.ts'
import { acquireLock } from './state/lock.ts'
import { changeServices } from './state/services-file.ts'
import { prepareStateDir } from './state/state-dir.ts'

export interface ServerPlatform {
  readonly platform: Platform
  /** For people, as it would stand in a browser. */
  readonly url: string
  /** For programs of this machine. */
  readonly localUrl: string
  /** A new one-time link. */
  loginUrl(): string
  close(): Promise<void>
}

/** Carries out one part of a start and shows its progress under `title`. */
export type StartStep = <T>(title: string, work: () => Promise<T>) => Promise<T>

export interface ServerOptions {
  /** The folder whose `sluice.config.ts` defines the platform. */
  readonly root: string
  /** Default: the configured one. */
  readonly port?: number | undefined
  /** Takes any free port when that one is in use, instead of failing. */
  readonly anyPort?: boolean
  /** Definitions will be read after every change (`platform.reload`). */
  readonly reloads?: boolean
  /** Opens one worker process to debuggers of this machine at this port. */
  readonly debuggerPort?: number | undefined
  /** Carries out each part of the start. Default: shows nothing. */
  readonly step?: StartStep
  /** For messages to people. Default: standard error. */
  readonly note?: (text: string) => void
}

const unseen: StartStep = (_, work) => work()
const toStandardError = (text: string): void => void process.stderr.write(`${printed(text)}\n`)

/**
 * Serves the whole platform of a folder: lock, PostgreSQL, definitions, warehouses, simulators, scheduler and workers from this process,
 * HTTP from one beside it, so that what people ask holds up no schedule. The command `sluice start`, a container's entry point and a test
 * start it in the same way. `close` stops everything, the processes that it started included. The port is taken before anything is
 * executed, so that a start that fails for a port has done nothing.
 */
export async function openServerPlatform(options: ServerOptions): Promise<ServerPlatform> {
  const { root, port, anyPort = false, step = unseen, note = toStandardError, reloads, debuggerPort } = options
  const opened = closers()
  try {
    const platform = await openPlatform({ root, note, serving: true, reloads, debuggerPort })
    checkValues(platform.settings)
    const { stateDir } = platform.settings
    await prepareStateDir(stateDir)
    const lock = await acquireLock(stateDir)
    opened.add(lock.release)
    opened.add(platform.close)
    await sweepLinkedCopies(stateDir)
    // Beside the start of the HTTP process, which takes as long as both. A fault of theirs is told by the step that needs them.
    for (const begin of [platform.database, platform.definitions]) void begin().catch(() => undefined)
    const { settings, warehouseUrlsOf, scratch } = platform
    const http = await startHttp({ root, settings, port: port ?? settings.port, anyPort, note, warehouseUrlsOf, scratch })
    opened.add(http.close)
    const database = await step('PostgreSQL', platform.database)
    const answering = openAnsweringRole(database.url)
    answering.catch(() => undefined)
    const keeper = keepDatabase(platform.settings, database, note)
    opened.add(keeper.close)
    const projects = await step('definitions', platform.definitions)
    const role = await answering
    if (role.note !== null) note(role.note)
    http.give({ kind: 'database', url: role.url, embedded: database.embedded })
    http.give({ kind: 'definitions', definitions: projects })
    await step('warehouses', platform.prepareWarehouses)
    await step(platform.settings.profile === 'demo' ? 'simulators, scheduler, workers' : 'scheduler, workers', platform.ensureExecution)
    await lock.listening(http.localUrl)
    const stopped = new AbortController()
    const comparing = tellTimeZones(
      stateDir,
      { databaseUrl: database.url, zones: zonesOf(projects), now: Date.now() },
      note,
      stopped.signal,
    )
    opened.add(async () => {
      stopped.abort()
      await comparing
    })
    await changeServices(stateDir, (now) => ({ ...now, api: { url: http.url, localUrl: http.localUrl, pid: process.pid } }))
    opened.add(() => changeServices(stateDir, ({ api: _, ...rest }) => rest))
    const reload = async () => {
      const definitions = await platform.reload()
      http.give({ kind: 'definitions', definitions })
      return definitions
    }
    return {
      platform: { ...platform, reload },
      url: http.url,
      localUrl: http.localUrl,
      loginUrl: () => platform.loginUrl(http.url),
      close: opened.close,
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** Beside the start, which does not wait for it. */
async function tellTimeZones(
  stateDir: string,
  question: TimeZoneQuestion,
  note: (text: string) => void,
  stopped: AbortSignal,
): Promise<void> {
  try {
    for (const warning of await compareTimeZones(stateDir, question, stopped)) note(warning)
  } catch (error) {
    if (!stopped.aborted) note(`warning: the time zones of Node, PostgreSQL and DuckDB could not be compared: ${(error as Error).message}`)
  }
}

/** Of projects and of schedules of their own. */
const zonesOf = (projects: readonly ProjectDefinitions[]): readonly string[] => [
  ...new Set(projects.flatMap(({ timeZone, specs }) => [timeZone, ...specs.flatMap(({ schedule }) => schedule?.timeZone ?? [])])),
]
