import { ftruncateSync } from 'node:fs'
import type { Mask } from '@sluice/core'
import type { AttemptLog } from './attempt-log.ts'
import { OutputFile } from './output-file.ts'
import type { FromWorker } from './worker-protocol.ts'

/** An attempt whose code runs. */
export interface AttemptAtHand {
  readonly name: string
  readonly log: AttemptLog
}

/** How often it is looked at while an attempt goes on. */
const everyMs = 500

/** The file is emptied when it is longer than this and nothing is at hand. */
const mostBytes = 4 << 20

/**
 * What this process prints past its logs: native code, a write to file descriptor 1 or 2. It is looked at whenever an attempt begins or
 * ends, so what was printed while one attempt ran alone is in its log; the rest goes to the supervisor with the names of those at hand.
 */
export class OwnOutput {
  readonly #file = new OutputFile(1)
  readonly #atHand = new Set<AttemptAtHand>()
  #timer: NodeJS.Timeout | undefined
  readonly #mask: Mask
  readonly #tell: (message: Extract<FromWorker, { kind: 'printed' }>) => void

  constructor(mask: Mask, tell: (message: Extract<FromWorker, { kind: 'printed' }>) => void) {
    this.#mask = mask
    this.#tell = tell
  }

  begin(attempt: AttemptAtHand): void {
    this.look()
    this.#atHand.add(attempt)
    this.#timer ??= setInterval(() => this.look(), everyMs).unref()
  }

  end(attempt: AttemptAtHand): void {
    // A line without its end stays where it began.
    this.look(this.#atHand.size === 1)
    this.#atHand.delete(attempt)
    if (this.#atHand.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  look(all = false): void {
    const before = this.#file.at
    const [only, ...others] = this.#atHand
    const lines: string[] = []
    for (const line of this.#file.lines(all)) {
      if (only !== undefined && others.length === 0) only.log.line('info', line, undefined, 'console')
      else lines.push(this.#mask(line))
    }
    if (this.#file.at === before) return
    if (this.#atHand.size === 0 && this.#file.at > mostBytes) this.#empty()
    this.#tell({ kind: 'printed', lines, attempts: [...this.#atHand].map(({ name }) => name), at: this.#file.at })
  }

  #empty(): void {
    ftruncateSync(1, 0)
    this.#file.lines().next()
  }
}
