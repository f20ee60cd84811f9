import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type SluiceError, unreachable } from '@sluice/core'
import { postgresErrors } from '../errors.ts'
import type { Binaries } from './binaries.ts'
import { freePort } from './free-port.ts'
import { giveTo } from './give-to.ts'
import { lastLine, sizeOf } from './initialise.ts'
import { inspect } from './inspect.ts'
import { launch, logFrom } from './launch.ts'
import { readPostmasterFile } from './postmaster-file.ts'
import { candidates, inPlacePath, type Launch, launchAs, type RunAs } from './run-as.ts'
import type { ServerFiles } from './state.ts'

export interface Started {
  readonly pid: number
  readonly port: number
  readonly runAs: RunAs
  readonly attempts: number
  /** A server of ours turned out to be running already. */
  readonly found: boolean
}

interface StartOptions {
  readonly files: ServerFiles
  readonly binaries: Binaries
  readonly environment: Record<string, string>
  readonly port: number | undefined
  readonly settings: Readonly<Record<string, string>>
  readonly ways: Parameters<typeof candidates>[0]
}

/** Why a start ended, from what the server logged. The order matters: a held lock file is also a FATAL line. */
export type StartFault = 'held' | 'port-taken' | 'denied' | 'failed'

export function classifyStart(log: string): StartFault {
  if (/lock file ".*" (already exists|is empty)|pre-existing shared memory block|data directory is already in use/.test(log)) return 'held'
  if (/could not bind|Address already in use|could not create any TCP\/IP sockets/.test(log)) return 'port-taken'
  if (
    /Permission denied|Operation not permitted|EACCES|EPERM|has wrong ownership|invalid binary|root" execution|setpriv:|unshare:/.test(log)
  )
    return 'denied'
  return 'failed'
}

/**
 * Starts the server and returns when it takes connections. Right after a kill -9 the children of the old server hold its shared memory
 * for some 100 ms: tried again every 20 ms for 10 s. A taken port is replaced by a free one; as root, a way of running that is refused
 * by the next. Crash recovery may take as long as the server lives.
 */
export async function start(options: StartOptions): Promise<Started> {
  const { files, ways } = options
  const order = candidates(ways)
  const deadline = Date.now() + 10_000
  let port = options.port ?? (await freePort())
  let way = 0
  for (let attempts = 1; ; attempts++) {
    const runAs = order[way] ?? 'self'
    const how = launchAs(runAs, ways.account)
    if (how.owner !== undefined) await giveTo(files.data, how.owner)
    const outcome = await once(options, how, port)
    if (typeof outcome === 'number') return { pid: outcome, port, runAs, attempts, found: false }
    const fault = classifyStart(outcome)
    switch (fault) {
      case 'held': {
        const found = await inspect(files)
        if (found.kind === 'ours' && found.status === 'ready') return { pid: found.pid, port: found.port, runAs, attempts, found: true }
        if (found.kind === 'foreign') await rm(join(files.data, 'postmaster.pid'), { force: true })
        if (Date.now() > deadline) throw startFailure(files, outcome)
        await delay(20)
        break
      }
      case 'port-taken':
        if (attempts > 50) throw startFailure(files, outcome)
        port = await freePort()
        break
      case 'denied':
        if (++way >= order.length) throw startFailure(files, outcome)
        break
      case 'failed':
        throw startFailure(files, outcome)
      default:
        return unreachable(fault)
    }
  }
}

/** The server's pid when it is ready, else everything it said before it ended. */
async function once(options: StartOptions, how: Launch, port: number): Promise<number | string> {
  const { files, binaries, environment, settings } = options
  const offset = await sizeOf(files.log)
  const child = await launch({
    how,
    program: binaries.postgres,
    args: serverArguments(how.inPlace ? inPlacePath : files.data, port, settings),
    log: files.log,
    environment,
    ...(how.inPlace ? { cwd: files.data } : {}),
  })
  let ended: string | undefined
  void child.exited.then((reason) => {
    ended = reason
  })
  while (ended === undefined) {
    const file = await readPostmasterFile(files.data)
    if (child.pid !== undefined && file?.pid === child.pid && file.status === 'ready') {
      child.unref()
      return child.pid
    }
    await delay(5)
  }
  return `${await logFrom(files.log, offset)}\n${ended}`
}

/** Loopback only, no socket file (its path may not exceed ~107 bytes), sized for one machine that also runs DuckDB. */
export function serverArguments(data: string, port: number, settings: Readonly<Record<string, string>>): string[] {
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    shared_buffers: '192MB',
    // Of a solid state disk. As if a head had to move (4), a few keys of a large table are looked for by reading all of it.
    random_page_cost: '1.1',
    max_wal_size: '2GB',
    max_connections: '100',
    // A log that nobody archives any more (`sluice backup wal`) does not fill the disk.
    max_slot_wal_keep_size: '8GB',
    jit: 'off',
    // The query of a process that was killed ends, also where it has nothing to say. PostgreSQL knows how on these systems alone.
    ...(['linux', 'darwin'].includes(process.platform) ? { client_connection_check_interval: '2s' } : {}),
    ...settings,
  }
  return ['-D', data, '-p', String(port), ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function startFailure(files: ServerFiles, said: string): SluiceError {
  const fatal = said.split('\n').filter((line) => /FATAL|PANIC|ERROR|HINT/.test(line))
  return postgresErrors.unavailable(`PostgreSQL did not start in ${files.dir}: ${fatal.join(' ').trim() || lastLine(said)}`, {
    facts: { dir: files.dir, log: files.log },
    next: `Read the end of ${files.log}.`,
  })
}
