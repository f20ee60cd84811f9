import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SluiceError } from '@sluice/core'
import { postgresErrors } from '../errors.ts'
import { findBinaries, majorOf } from './binaries.ts'
import { endAtExit } from './end-at-exit.ts'
import { dataMajor, initialise, removeDrafts, sizeOf, superuser } from './initialise.ts'
import { inspect, passwordWorks } from './inspect.ts'
import { serverEnvironment } from './launch.ts'
import { libraryEnvironment } from './library-links.ts'
import { withLock } from './lock.ts'
import { ownAccount } from './own-account.ts'
import { type RunAs, traversable } from './run-as.ts'
import { start } from './start.ts'
import { filesOf, makeFolder, readState, type ServerFiles, superuserPassword, writeState } from './state.ts'
import { stopServer } from './stop.ts'
import { livingUsers, registerUser } from './users.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface Server {
  readonly dir: string
  readonly pid: number
  readonly port: number
  readonly superuser: Credentials
  /** This call started the server. */
  readonly startedHere: boolean
  /** The server ran already, and no living process was its user: it outlived them. */
  readonly adopted: boolean
  /** `postgres://` URL of a database for a role, the superuser by default. */
  url(database: string, role?: Credentials): string
  /** This use ends; the last living user stops the server. Calling it again does nothing. */
  release(): Promise<void>
  /** Ends the server whoever uses it. */
  stop(): Promise<void>
}

export type ServerEvent =
  | { readonly kind: 'initialised'; readonly ms: number; readonly runAs: RunAs }
  | {
      readonly kind: 'started'
      readonly pid: number
      readonly port: number
      readonly runAs: RunAs
      readonly attempts: number
      readonly ms: number
    }
  | { readonly kind: 'attached'; readonly pid: number; readonly port: number; readonly users: number }
  | { readonly kind: 'port_changed'; readonly from: number; readonly to: number }
  | { readonly kind: 'stopped'; readonly ms: number }

export interface AcquireOptions {
  /** Everything of the server lives here: data, password, log, lock. */
  readonly dir: string
  readonly preferredPort?: number
  /** Server settings beside the platform's own. They count when this call starts the server. */
  readonly settings?: Readonly<Record<string, string>>
  /** The folder of `postgres` and `initdb`. Default: see `findBinaries`. */
  readonly bindir?: string
  readonly onEvent?: (event: ServerEvent) => void
}

/** A start may replay up to `max_wal_size` of log while others wait. */
const lockTimeoutMs = 120_000

/**
 * The embedded PostgreSQL of `dir`: created at first use, started when it does not run, shared by any number of processes, each of which
 * calls this and `release()`. Errors: `config.missing` (no binaries), `postgres.failed` (initdb, another major version, foreign
 * password), `postgres.unavailable` (does not start), `lock.held` (another process starts it for over two minutes).
 */
export async function acquireServer(options: AcquireOptions): Promise<Server> {
  const files = filesOf(resolve(options.dir))
  const tell = options.onEvent ?? (() => undefined)
  await makeFolder(files)
  return await withLock(files.lock, lockTimeoutMs, async () => {
    const password = await superuserPassword(files)
    const users = await livingUsers(files.users)
    const running = await attach(files, password)
    if (running !== undefined) tell({ kind: 'attached', ...running, users: users.length })
    const at = running ?? (await startIn(files, password, options, tell))
    const user = await registerUser(files.users)
    const adopted = running !== undefined && users.length === 0
    return handle({ files, ...at, password, user, startedHere: running === undefined, adopted, tell })
  })
}

/** A running server that is ready and takes the password. One that is on its way up or down is waited for. */
async function attach(files: ServerFiles, password: string): Promise<{ pid: number; port: number } | undefined> {
  for (const deadline = Date.now() + lockTimeoutMs / 2; ; await delay(10)) {
    const found = await inspect(files)
    if (found.kind !== 'ours') return undefined
    if (found.status === 'ready' && (await passwordWorks(found.port, password))) return { pid: found.pid, port: found.port }
    if (Date.now() > deadline) {
      throw postgresErrors.unavailable(`PostgreSQL (pid ${found.pid}) runs in ${files.dir} and takes no connections (${found.status})`, {
        facts: { ...found },
        next: `Read the end of ${files.log}.`,
      })
    }
  }
}

async function startIn(
  files: ServerFiles,
  password: string,
  options: AcquireOptions,
  tell: (event: ServerEvent) => void,
): Promise<{ pid: number; port: number }> {
  const began = performance.now()
  const binaries = await findBinaries(options.bindir === undefined ? process.env : { ...process.env, SLUICE_PG_BINDIR: options.bindir })
  // Links to libraries that lie in the state are nobody's but root's.
  const libraries = binaries.native === undefined ? {} : await libraryEnvironment(binaries.native, files.libraries)
  const environment = serverEnvironment(libraries)
  const major = await majorOf(binaries, environment)
  const state = await readState(files)
  const existing = await dataMajor(files)
  if (existing !== undefined && existing !== major) throw otherMajor(files, existing, major)
  await removeDrafts(files)
  await turnLog(files.log)
  const root = process.getuid?.() === 0
  const ways = {
    root,
    account: root ? await ownAccount(files.data) : undefined,
    reachable: root && Object.keys(libraries).length === 0 && (await traversable(binaries.postgres)),
    worked: state.runAs,
  }
  if (existing === undefined) {
    ways.worked = await initialise({ files, binaries, major, environment, password, ways })
    tell({ kind: 'initialised', ms: performance.now() - began, runAs: ways.worked })
  }
  const starting = performance.now()
  const wanted = options.preferredPort ?? state.port
  const started = await start({ files, binaries, environment, port: wanted, settings: options.settings ?? {}, ways })
  await writeState(files, { major, port: started.port, runAs: started.runAs })
  if (wanted !== undefined && wanted !== started.port) tell({ kind: 'port_changed', from: wanted, to: started.port })
  const { pid, port, runAs, attempts } = started
  tell({ kind: 'started', pid, port, runAs, attempts, ms: performance.now() - starting })
  return { pid, port }
}

/** Two log files at most; PostgreSQL itself would need a collector process for that. */
async function turnLog(log: string): Promise<void> {
  if ((await sizeOf(log)) > 10_000_000) await rename(log, `${log}.1`)
}

function otherMajor(files: ServerFiles, data: number, binaries: number): SluiceError {
  return postgresErrors.failed(`${files.data} was made by PostgreSQL ${data}, the binaries at hand are PostgreSQL ${binaries}`, {
    facts: { dir: files.dir, dataMajor: data, binariesMajor: binaries },
    next: `Use the binaries of PostgreSQL ${data} (SLUICE_PG_BINDIR), or move the data with a logical backup and restore.`,
  })
}

function handle(of: {
  files: ServerFiles
  pid: number
  port: number
  password: string
  user: string
  startedHere: boolean
  adopted: boolean
  tell: (event: ServerEvent) => void
}): Server {
  const { files, pid, port, password, tell } = of
  const credentials = { user: superuser, password }
  const stays = endAtExit({ pid, user: of.user })
  let released: Promise<void> | undefined
  const end = async (always: boolean): Promise<void> => {
    const began = performance.now()
    const stopped = await withLock(files.lock, lockTimeoutMs, async () => {
      await rm(of.user, { force: true })
      stays()
      return (always || (await livingUsers(files.users)).length === 0) && (await stopServer(files))
    })
    if (stopped) tell({ kind: 'stopped', ms: performance.now() - began })
  }
  return {
    dir: files.dir,
    pid,
    port,
    superuser: credentials,
    startedHere: of.startedHere,
    adopted: of.adopted,
    url: (database, role = credentials) =>
      `postgres://${encodeURIComponent(role.user)}:${encodeURIComponent(role.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    release: () => (released ??= end(false)),
    stop: () => end(true),
  }
}
