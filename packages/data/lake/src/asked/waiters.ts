/** Those who wait for something that one of them can have at a time. Each is woken once; whoever stops waiting takes no one else's wake. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Wakes the one who has waited longest. False when nobody waits. */
  wakeOne(): boolean {
    const [wake] = this.#waiting
    wake?.()
    return wake !== undefined
  }

  wakeAll(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Rejects with the reason of the signal as soon as it aborts. A wake that came at the same moment goes to the next one. */
  async untilWoken(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(wake)
        reject(signal?.reason)
      }
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.add(wake)
    })
    if (signal?.aborted !== true) return
    this.wakeOne()
    throw signal.reason
  }
}
