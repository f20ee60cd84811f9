import { closeSync, fsync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { inspect } from 'node:util'
import type { Logger } from '@sluice/author'
import { cutText, diskErrors, type Mask, type SluiceError } from '@sluice/core'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/**
 * What the code of one attempt logs: JSON lines `{at, level, message, facts?, from?}`. Lines are gathered for some milliseconds, so that a
 * short task costs one open, write and fsync; a CPU-bound task writes them itself with its next line. Without a line there is no file.
 * Secrets are masked before a line is kept; a line that nobody could read is cut, and says how much was left out.
 *
 * States: gathering (lines are in memory; a time, a size or `end` ends it), writing, ended (the file is durable; further lines but an
 * `afterword` are dropped). The attempt's end is recorded only after `end` has resolved (rule 9).
 */
export class AttemptLog {
  readonly #path: string
  readonly #mask: Mask
  #lines: string[] = []
  #length = 0
  #gatheringSince = 0
  #file: number | undefined
  #timer: NodeJS.Timeout | undefined
  #ended: boolean = false
  #failure: Error | undefined

  constructor(path: string, mask: Mask) {
    this.#path = path
    this.#mask = mask
  }

  readonly logger: Logger = {
    debug: (message, facts) => this.line('debug', message, facts),
    info: (message, facts) => this.line('info', message, facts),
    warn: (message, facts) => this.line('warn', message, facts),
    error: (message, facts) => this.line('error', message, facts),
  }

  line(level: Level, message: string, facts?: Readonly<Record<string, unknown>>, from?: 'console'): void {
    if (this.#ended) return
    const now = Date.now()
    const line = lineOf(now, level, textOf(message, facts, from, this.#mask))
    this.#length += line.length
    this.#lines.push(line)
    if (this.#lines.length === 1) this.#gatheringSince = now
    if (now - this.#gatheringSince > gatherMs || this.#length >= mostGathered) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), gatherMs)
  }

  /** A line that may come after the end: it is on the disk when this returns, unless nothing can be written there any more. */
  afterword(level: Level, message: string): void {
    this.line(level, message)
    if (!this.#ended) return
    try {
      const file = openForAppend(this.#path)
      writeSync(file, lineOf(Date.now(), level, textOf(message, undefined, undefined, this.#mask)))
      fsyncSync(file)
      closeSync(file)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** Resolves when all lines are on the disk. Rejects with `disk.full` when they cannot be written. */
  async end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#write()
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

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#length = 0
    try {
      this.#file ??= openForAppend(this.#path)
      writeSync(this.#file, text)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** User code must not see it; `end` throws it. */
  #fail(error: Error): void {
    this.#failure ??= error
  }
}

const lineOf = (at: number, level: Level, text: string): string =>
  `{"at":"${new Date(at).toISOString()}","level":"${level}",${text.slice(1)}\n`

const gatherMs = 20
/** Characters that wait in memory. */
const mostGathered = 1_000_000
/** Characters of a message, and of facts: a line of 60 MB is read by nobody, and held up all who looked at the log. */
const mostOfLine = 250_000

const logFault = (path: string, cause: Error): SluiceError =>
  diskErrors.full(`the log ${path} cannot be written: ${cause.message}`, {
    cause,
    next: 'Free space, or correct the rights of the folder.',
  })

export function openForAppend(path: string): number {
  try {
    return openSync(path, 'a+', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'a+', 0o600)
  }
}

/** Masked before it is cut, so that no part of a secret is left at the edge. */
function textOf(message: string, facts: Readonly<Record<string, unknown>> | undefined, from: 'console' | undefined, mask: Mask): string {
  const text = JSON.stringify(message.length > mostOfLine ? cutText(mask(message), mostOfLine) : message)
  const origin = from === undefined ? '' : `,"from":"${from}"`
  if (facts === undefined) return mask(`{"message":${text}${origin}}`)
  const known = factsText(facts)
  const short = known.length > mostOfLine ? JSON.stringify({ cut: cutText(mask(known), mostOfLine) }) : known
  return mask(`{"message":${text},"facts":${short}${origin}}`)
}

function factsText(facts: Readonly<Record<string, unknown>>): string {
  try {
    const text: string | undefined = JSON.stringify(facts, storable)
    return text ?? 'null'
  } catch {
    return JSON.stringify(inspect(facts, { depth: 4 }))
  }
}

function storable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack }
  return value
}
