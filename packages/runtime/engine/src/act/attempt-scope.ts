import { AsyncLocalStorage } from 'node:async_hooks'
import { StringDecoder } from 'node:string_decoder'
import { placeOf } from '@sluice/core'
import type { AttemptLog, Level } from './attempt-log.ts'

/**
 * What belongs to one attempt while its code runs, and to what its code leaves behind: log, environment, intervals, stray errors. Node
 * carries it from call to call (AsyncLocalStorage), also into timers, promises and events that the code makes.
 */
export class AttemptScope {
  /** `project.pipeline.task` */
  readonly name: string
  readonly log: AttemptLog
  /** What it has changed of `process.env`; null is a variable that it has deleted. */
  readonly env = new Map<string, string | null>()
  readonly #stray = new AbortController()
  readonly #intervals = new Map<NodeJS.Timeout, string>()
  readonly #printing = new Map<Level, Printing>()
  #over: boolean = false

  constructor(name: string, log: AttemptLog) {
    this.name = name
    this.log = log
  }

  /** Aborts with the first error that its code threw where nobody awaited it. A signal: who waits for it is not held by it. */
  get stray(): AbortSignal {
    return this.#stray.signal
  }

  get over(): boolean {
    return this.#over
  }

  /** An error of its code that nobody awaits fails it; after its end, it is told in its log. */
  fail(thrown: unknown, message: string): void {
    if (this.#over) this.log.afterword('error', `after its end the attempt left an error behind that nobody awaits: ${message}`)
    else this.#stray.abort(thrown ?? new Error('nothing was thrown: a promise was rejected without a reason'))
  }

  /** What is printed past `console`, line by line. */
  print(level: Level, chunk: Uint8Array | string, encoding: BufferEncoding | undefined): void {
    const printing = this.#printing.get(level) ?? { decoder: new StringDecoder('utf8'), rest: '' }
    this.#printing.set(level, printing)
    const text = typeof chunk === 'string' ? (encoding === undefined ? chunk : Buffer.from(chunk, encoding).toString()) : undefined
    const lines = `${printing.rest}${text ?? printing.decoder.write(Buffer.from(chunk as Uint8Array))}`.split('\n')
    printing.rest = lines.pop() ?? ''
    for (const line of lines) this.log.line(level, line, undefined, 'console')
    if (printing.rest.length <= longestRest) return
    this.log.line(level, printing.rest, undefined, 'console')
    printing.rest = ''
  }

  /** An interval that code of the project has set itself: those of packages serve others, too. */
  keep(interval: NodeJS.Timeout, place: string): void {
    if (!this.#over) this.#intervals.set(interval, place)
  }

  forget(interval: NodeJS.Timeout): void {
    this.#intervals.delete(interval)
  }

  /** Its code has ended: what it leaves behind is told, and its intervals end with it. */
  end(): void {
    for (const [level, { rest }] of this.#printing) if (rest !== '') this.log.line(level, rest, undefined, 'console')
    for (const [interval, place] of this.#intervals) {
      if (isCleared(interval)) continue
      clearInterval(interval)
      this.log.line('warn', `an interval set at ${place} went on after the end of the task and is cleared: end it with clearInterval`)
    }
    this.#intervals.clear()
    this.#printing.clear()
    this.#over = true
  }
}

interface Printing {
  readonly decoder: StringDecoder
  rest: string
}

/** Characters of a line without an end that wait in memory. */
const longestRest = 250_000

/** Node has no other way to ask. */
const isCleared = (timer: NodeJS.Timeout): boolean => (timer as unknown as { readonly _destroyed: boolean })._destroyed

/** The attempt whose code is running, or whose code has left behind what is running. */
export const currentAttempt = new AsyncLocalStorage<AttemptScope>()

/** Where the caller of the caller stands in code of a project; undefined in a package or in the platform. */
export function calledFrom(): string | undefined {
  const [, , , caller] = (new Error().stack ?? '').split('\n')
  return placeOf(caller)
}
