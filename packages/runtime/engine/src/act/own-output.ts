import { ftruncateSync } from 'node:fs'
import type { AttemptLog } from './attempt-log.ts'
import type { Mask } from './masking.ts'
import { OutputFile } from './output-file.ts'
import type { FromWorker } from './worker-protocol.ts'

/** An attempt whose code runs. */
export interface AttemptAtHand {
  readonly name: string
  readonly log: AttemptLog
}

/** The file is emptied when it is longer than this and nothing is at hand. */
const mostBytes = 4 << 20

/**
 * What this process prints past its logs: native code, a write to file descriptor 1 or 2. It is looked at whenever an attempt begins or
 * ends, so what was printed while one attempt ran alone is in its log; the rest goes to the supervisor with the names of those at hand.
 */
export class OwnOutput {
  readonly #file = new OutputFile(1)
  readonly #atHand = new Set<AttemptAtHand>()
  readonly #mask: Mask
  readonly #tell: (message: Extract<FromWorker, { kind: 'printed' }>) => void

  constructor(mask: Mask, tell: (message: Extract<FromWorker, { kind: 'printed' }>) => void) {
    this.#mask = mask
    this.#tell = tell
  }

  begin(attempt: AttemptAtHand): void {
    this.look()
    this.#atHand.add(attempt)
  }

  end(attempt: AttemptAtHand): void {
    // A line without its end stays where it began.
    this.look(this.#atHand.size === 1)
    this.#atHand.delete(attempt)
  }

  look(all = false): void {
    const before = this.#file.at
    const lines = [...this.#file.lines(all)]
    if (this.#file.at === before) return
    const [only, ...others] = this.#atHand
    const alone = only !== undefined && others.length === 0
    if (alone) for (const line of lines) only.log.line('info', line, undefined, 'console')
    if (this.#atHand.size === 0 && this.#file.at > mostBytes) this.#empty()
    const told = alone ? [] : lines.map(this.#mask)
    this.#tell({ kind: 'printed', lines: told, attempts: [...this.#atHand].map(({ name }) => name), at: this.#file.at })
  }

  #empty(): void {
    ftruncateSync(1, 0)
    this.#file.lines().next()
  }
}
