interface Entry {
  readonly at: number
  readonly order: number
  readonly act: () => Promise<void> | void
}

/** What happens when, in virtual milliseconds. One act at a time; those of one instant in the order in which they were planned. */
export class Timeline {
  #entries: Entry[] = []
  #order = 0
  #now = 0

  get now(): number {
    return this.#now
  }

  after(ms: number, act: Entry['act']): void {
    const entry = { at: this.#now + Math.max(0, Math.round(ms)), order: this.#order++, act }
    this.#entries.push(entry)
    // A heap: most plans are for soon, and there are thousands.
    for (let at = this.#entries.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfSooner(at, parent)) break
      at = parent
    }
  }

  /**
   * Carries out all that is planned until `done`; false when the time is over before. `before` is called when the time has moved, `behind`
   * behind every act.
   */
  async run(untilMs: number, done: () => boolean, behind: () => Promise<void>, before: () => void): Promise<boolean> {
    while (!done()) {
      const next = this.#take()
      if (next === undefined || next.at > untilMs) return false
      this.#now = next.at
      before()
      await next.act()
      await behind()
    }
    return true
  }

  #take(): Entry | undefined {
    const [first] = this.#entries
    const last = this.#entries.pop()
    if (first === undefined || last === undefined || first === last) return first
    this.#entries[0] = last
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const child = right < this.#entries.length && this.#sooner(right, left) ? right : left
      if (child >= this.#entries.length || !this.#swapIfSooner(child, at)) return first
      at = child
    }
  }

  #sooner(one: number, other: number): boolean {
    const [a, b] = [this.#entries[one], this.#entries[other]]
    return a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order))
  }

  #swapIfSooner(child: number, parent: number): boolean {
    if (!this.#sooner(child, parent)) return false
    const [a, b] = [this.#entries[child], this.#entries[parent]]
    if (a === undefined || b === undefined) return false
    this.#entries[child] = b
    this.#entries[parent] = a
    return true
  }
}
