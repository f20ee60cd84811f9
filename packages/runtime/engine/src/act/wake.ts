/**
 * Sleeping with a "wake pending" flag: a wake that comes while the sleeper is busy (a claim in flight) makes the next sleep return at once.
 * Without the flag it would be lost, and the p99 of a start would be the poll interval.
 *
 * States: awake, woken (a wake came since `forget`), asleep. `forget` -> awake; `wake` -> woken, and ends a sleep; `sleep` in woken
 * returns at once.
 */
export class Wake {
  #pending: boolean = false
  #end: (() => void) | undefined

  /** To be called before looking: a notification after it is news. */
  forget(): void {
    this.#pending = false
  }

  wake(): void {
    this.#pending = true
    this.#end?.()
  }

  /** Until the next wake, at most `ms`. Answers whether it was one. */
  async sleep(ms: number): Promise<boolean> {
    if (this.#pending) return true
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#end = undefined
    return this.#pending
  }
}
