import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hashText, toErrorRecord, unreachable } from '@sluice/core'
import { killLeftBehind, markVariable, ownMark } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { ScratchDoor } from '../database/scratch.ts'
import { errorOf } from '../error-of.ts'
import { passOn } from '../pass-on.ts'
import type { FromHttp, Listening, Part, ToHttp } from './protocol.ts'
import { environmentForHttp, settingsForHttp } from './settings-for-http.ts'

export interface HttpOptions {
  readonly root: string
  /** Of the server. They are read once: what a file says later counts from the next start. */
  readonly settings: Settings
  readonly port: number
  /** Takes any free port when that one is in use, instead of failing. */
  readonly anyPort: boolean
  /** For messages to people. */
  readonly note: (text: string) => void
  /** Of the warehouse of a project, which is made where it is missing: what the process that answers people has no right to do. */
  readonly warehouseUrlsOf: (project: string) => Promise<WarehouseUrls>
  /** Makes and drops databases for a moment, which it has no right to do either. */
  readonly scratch: ScratchDoor
}

/** The HTTP process as its server holds it. */
export interface HttpProcess extends Pick<Listening, 'url' | 'localUrl'> {
  /** The latest of each kind is given to a process that takes its place, too. */
  give(part: Part): void
  close(): Promise<void>
}

/** Of all HTTP processes of a state directory. */
export const httpMark = (stateDir: string): string => `http.${hashText(stateDir).slice(0, 8)}`

/** What its JavaScript may hold, MB. It dies of more, and another takes its place: the platform does not. */
const heapMb = 1_024
/** Half of the young generation, MB: with V8's 16 the process takes 13 MB more before it has answered anybody, and 0.1 s more to start. */
const semiSpaceMb = 4
const closeMs = 10_000
/** Before the next one starts, by how many ended in a row within `soundMs`. */
const waitsMs = [0, 200, 1_000, 5_000] as const
const soundMs = 60_000

/**
 * Starts the process that answers people, and another one in its place whenever it ends.
 * @throws what listening throws: `port.in_use`, `request.denied`
 */
export async function startHttp(options: HttpOptions): Promise<HttpProcess> {
  const parts = new Map<Part['kind'], Part>()
  const closing = new AbortController()
  // The last server may have been killed with its HTTP process busy, which then has not noticed yet and holds the port.
  killLeftBehind(httpMark(options.settings.stateDir))
  let child = startChild({ ...options, localPort: 0 })
  const { url, port, localUrl, localPort } = await child.listening
  const keep = async (): Promise<void> => {
    for (let failures = 0; ; ) {
      const began = performance.now()
      const how = await child.ended
      if (closing.signal.aborted) return
      failures = performance.now() - began > soundMs ? 1 : failures + 1
      options.note(`the HTTP process ended (${how}) and is started again; schedules and tasks went on`)
      await delay(waitsMs[Math.min(failures, waitsMs.length) - 1], undefined, { signal: closing.signal }).catch(() => undefined)
      if (closing.signal.aborted) return
      child = startChild({ ...options, port, localPort, anyPort: false })
      child.listening.catch((error: Error) => options.note(`HTTP: ${error.message}`))
      for (const part of parts.values()) child.send(part)
    }
  }
  const kept = keep()
  return {
    url,
    localUrl,
    give(part) {
      parts.set(part.kind, part)
      child.send(part)
    },
    async close() {
      closing.abort()
      child.send({ kind: 'close' })
      const late = setTimeout(() => child.kill(), closeMs)
      await child.ended
      clearTimeout(late)
      await kept
    },
  }
}

interface HttpChild {
  readonly listening: Promise<Listening>
  /** Resolves with how: `code 1`, `SIGKILL`. Never rejects. */
  readonly ended: Promise<string>
  send(message: ToHttp): void
  kill(): void
}

function startChild(options: HttpOptions & { readonly localPort: number }): HttpChild {
  const { root, settings, port, localPort, anyPort, note, warehouseUrlsOf, scratch } = options
  const { stateDir } = settings
  const child = fork(fileURLToPath(import.meta.resolve('./http-process.ts')), [], {
    execArgv: [`--max-old-space-size=${heapMb}`, `--max-semi-space-size=${semiSpaceMb}`],
    // A session of its own: the terminal's signals reach the server alone.
    detached: true,
    serialization: 'advanced',
    env: {
      ...environmentForHttp(process.env),
      [markVariable]: `${httpMark(stateDir)}/${ownMark()}`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(stateDir, 'cache', 'compiled'),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  passOn(child)
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    // It could not be started: there is no exit.
    child.once('error', (error) => child.pid === undefined && resolve(error.message))
  })
  const listening = new Promise<Listening>((resolve, reject) => {
    child.on('message', (message: FromHttp) => {
      switch (message.kind) {
        case 'listening':
          resolve(message)
          return
        case 'refused':
          reject(errorOf(message.error))
          return
        case 'note':
          note(message.text)
          return
        case 'warehouse': {
          const { kind, question, project } = message
          warehouseUrlsOf(project).then(
            (urls) => send({ kind, question, urls }),
            (error: unknown) => send({ kind, question, error: toErrorRecord(error) }),
          )
          return
        }
        case 'scratch': {
          const { kind, question } = message
          const done =
            'drop' in message ? scratch.drop(message.drop).then(() => null) : scratch.make(message.project, message.template ?? undefined)
          done.then(
            (made) => send({ kind, question, made }),
            (error: unknown) => send({ kind, question, error: toErrorRecord(error) }),
          )
          return
        }
        default:
          unreachable(message)
      }
    })
    void ended.then((how) => reject(new Error(`the HTTP process ended before it listened: ${how}`)))
  })
  const send = (message: ToHttp): void => {
    if (child.connected) child.send(message, () => undefined)
  }
  send({ kind: 'start', root, settings: settingsForHttp(settings), port, localPort, anyPort })
  return { listening, ended, send, kill: () => child.kill('SIGKILL') }
}
