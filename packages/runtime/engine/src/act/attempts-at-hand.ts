import { type AtHand, atHandOf, type Pace, paced, unknownPace } from '../plan/batching.ts'
import type { FinishItem } from '../state/finish.ts'
import type { AttemptEnd } from './attempt.ts'
import type { HeldClaim, HeldClaims } from './held-claims.ts'
import type { Wake } from './wake.ts'

export interface Ends {
  readonly items: readonly FinishItem[]
  /** Their slots are free for other claims. */
  recorded(): void
}

/** @param beside whether another attempt has run beside it */
type RunClaim = (claim: HeldClaim, beside: () => boolean) => Promise<AttemptEnd>

interface Running {
  readonly began: number
  beside: boolean
}

/** The attempts whose code runs, and the ends that are not recorded yet. */
export class AttemptsAtHand {
  readonly #held: HeldClaims
  readonly #wake: Wake
  readonly #run: RunClaim
  readonly #running = new Map<HeldClaim, Running>()
  #ended: { readonly claim: HeldClaim; readonly end: AttemptEnd }[] = []
  #pace: Pace = unknownPace
  #ran: boolean = false

  constructor(held: HeldClaims, wake: Wake, run: RunClaim) {
    this.#held = held
    this.#wake = wake
    this.#run = run
  }

  begin(claim: HeldClaim): void {
    const began = performance.now()
    this.#ran = true
    const running: Running = { began, beside: this.#running.size > 0 }
    for (const other of this.#running.values()) other.beside = true
    this.#running.set(claim, running)
    void this.#run(claim, () => running.beside).then((end) => {
      this.#held.end(claim)
      this.#running.delete(claim)
      this.#ended.push({ claim, end })
      this.#pace = paced(this.#pace, performance.now() - began)
      this.#wake.wake()
    })
  }

  atHand(): AtHand {
    const now = performance.now()
    return atHandOf([...this.#running].map(([{ claim }, { began }]) => ({ ...claim, ranMs: now - began })))
  }

  any(): boolean {
    return this.#running.size > 0 || this.haveEnded()
  }

  /** Whether an attempt of a pipeline of this file is at hand. */
  anyOf(file: string): boolean {
    return [...this.#running.keys()].some(({ claim }) => claim.file === file)
  }

  /** Whether there has been any. */
  ran(): boolean {
    return this.#ran
  }

  haveEnded(): boolean {
    return this.#ended.length > 0
  }

  /** How long the attempts take that have ended. */
  pace(): Pace {
    return this.#pace
  }

  /** Of claims that were thought short, some are not. */
  slow(): void {
    this.#pace = unknownPace
  }

  /** For the record, once their logs are on the disk: they reach it together. */
  async takeEnds(): Promise<Ends> {
    const ended = this.#ended
    this.#ended = []
    const items = await Promise.all(ended.map(({ end }) => end.settled()))
    return {
      items,
      recorded: () => {
        for (const { claim } of ended) this.#held.free(claim)
      },
    }
  }
}
