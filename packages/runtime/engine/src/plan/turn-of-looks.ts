/** Longer than a claim takes. */
const behindMs = 3

/**
 * Who looks first when tasks became runnable. All idle processes are told at once, and their claims would take the processors from the one
 * that gets the task. So a process that was told and found nothing lets others look first the next time; one that found something
 * looks at once. Looks of which nobody told, such as polls, change nothing.
 */
export class TurnOfLooks {
  #told: boolean = false
  #behind: boolean = false

  /** Tasks became runnable. */
  told(): void {
    this.#told = true
  }

  /** How long to wait before the next look of a process that holds nothing. */
  waitMs(): number {
    return this.#told && this.#behind ? behindMs : 0
  }

  looked(found: boolean): void {
    if (this.#told) this.#behind = !found
    this.#told = false
  }
}
