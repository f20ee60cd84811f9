import { closeSync, fsync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { inspect } from 'node:util'
import type { Logger } from '@sluice/author'
import { diskErrors, type SluiceError } from '@sluice/core'
import type { Mask } from './masking.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** The mask of a project's secrets: undefined until they are known, for which `ask` is called once there is something to mask. */
export interface MaskSource {
  known(): Mask | undefined
  ask(): Promise<Mask>
}

/**
 * The log of one attempt, JSON lines `{at, level, message, facts?, from?}`. Lines are gathered for some milliseconds, so that a short task
 * costs one open, write and fsync; a CPU-bound task writes them itself with the next line. What users wrote waits for the mask.
 *
 * States: gathering (lines in memory; leaves by time, by size, by `end`), writing, ended (durable; further lines are dropped). The attempt's end is
 * recorded only after `end` resolved (rule 9).
 */
export class AttemptLog {
  readonly #path: string
  readonly #masks: MaskSource
  #lines: { readonly head: string; readonly tail: string; readonly own: boolean }[] = []
  #gatheringSince = 0
  #file: number | undefined
  #timer: NodeJS.Timeout | undefined
  #ended: boolean = false
  #failure: Error | undefined

  constructor(path: string, masks: MaskSource) {
    this.#path = path
    this.#masks = masks
  }

  readonly logger: Logger = {
    debug: (message, facts) => this.line('debug', message, facts),
    info: (message, facts) => this.line('info', message, facts),
    warn: (message, facts) => this.line('warn', message, facts),
    error: (message, facts) => this.line('error', message, facts),
  }

  line(level: Level, message: string, facts?: Readonly<Record<string, unknown>>, from?: 'console' | 'engine'): void {
    if (this.#ended) return
    const now = Date.now()
    const own = from === 'engine'
    this.#lines.push({
      head: `{"at":"${new Date(now).toISOString()}","level":"${level}",`,
      tail: textOf(message, facts, from).slice(1),
      own,
    })
    if (!own && this.#masks.known() === undefined) void this.#masks.ask().catch(() => undefined)
    if (this.#lines.length === 1) this.#gatheringSince = now
    if (now - this.#gatheringSince > gatherMs || this.#lines.length >= most) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), gatherMs)
  }

  /** Resolves when all lines are on the disk. Rejects with `disk.full` when they cannot be written. */
  async end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    if (this.#lines.some(({ own }) => !own) && this.#masks.known() === undefined) {
      const mask = await this.#masks.ask().catch(() => undefined)
      if (mask === undefined) this.#lines = this.#lines.map((line) => (line.own ? line : { ...line, tail: withheld }))
    }
    this.#write(true)
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await this.#sync(file).catch((error: Error) => this.#fail(error))
    if (this.#failure !== undefined) throw logFault(this.#path, this.#failure)
  }

  async #sync(file: number): Promise<void> {
    await new Promise<void>((resolve, reject) => fsync(file, (error) => (error === null ? resolve() : reject(error)))).finally(() =>
      closeSync(file),
    )
  }

  #write(last = false): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const mask = this.#masks.known()
    if (this.#lines.length === 0 || (mask === undefined && !last && this.#lines.some(({ own }) => !own))) return
    const text = this.#lines.map(({ head, tail, own }) => `${head}${own || mask === undefined ? tail : mask(tail)}\n`).join('')
    this.#lines = []
    try {
      this.#file ??= openForAppend(this.#path)
      writeSync(this.#file, text)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** User code must not see it; the attempt's end tells. */
  #fail(error: Error): void {
    this.#failure ??= error
  }
}

const gatherMs = 20
const most = 1_000
const withheld = '"message":"(withheld: the secrets of the project could not be read, so they cannot be masked)"}'

const logFault = (path: string, cause: Error): SluiceError =>
  diskErrors.full(`the log ${path} cannot be written: ${cause.message}`, {
    cause,
    next: 'Free space, or correct the rights of the folder.',
  })

export function openForAppend(path: string): number {
  try {
    return openSync(path, 'a', 0o640)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'a', 0o640)
  }
}

function textOf(message: string, facts: Readonly<Record<string, unknown>> | undefined, from: string | undefined): string {
  const rest = from === 'console' ? { from } : {}
  try {
    return JSON.stringify({ message, ...(facts === undefined ? {} : { facts }), ...rest }, storable)
  } catch {
    return JSON.stringify({ message, facts: inspect(facts, { depth: 4 }), ...rest })
  }
}

function storable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack }
  return value
}
