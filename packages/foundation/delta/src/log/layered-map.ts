/**
 * A map that never changes, and from which a changed one is made without copying it: the changes lie in a thin layer over entries that all
 * versions share. Order is that of the last insertion. Lookups cost two, iteration one more test an entry.
 */
export class LayeredMap<Value> implements ReadonlyMap<string, Value> {
  readonly #below: ReadonlyMap<string, Value>
  /** What the layer adds or replaces; `undefined` for what it takes away. */
  readonly #layer: ReadonlyMap<string, Value | undefined>
  readonly size: number

  private constructor(below: ReadonlyMap<string, Value>, layer: ReadonlyMap<string, Value | undefined>, size: number) {
    this.#below = below
    this.#layer = layer
    this.size = size
  }

  static of<Value>(entries: ReadonlyMap<string, Value>): LayeredMap<Value> {
    return new LayeredMap(entries, new Map(), entries.size)
  }

  /** Every change is a key and its value, `undefined` to take it away; a later change of a key wins. */
  with(changes: ReadonlyMap<string, Value | undefined>): LayeredMap<Value> {
    if (changes.size === 0) return this
    if (this.size === 0) return LayeredMap.of(present(changes))
    // Copying the layer is paid at each change, merging at every so many: the square root keeps both small.
    const limit = Math.max(256, Math.sqrt(this.#below.size) * 4)
    const merging = this.#layer.size + changes.size > limit
    const target: Map<string, Value | undefined> = new Map(merging ? this.entries() : this.#layer)
    let size = this.size
    for (const [key, value] of changes) {
      const before = this.has(key)
      target.delete(key)
      if (value !== undefined || !merging) target.set(key, value)
      size += Number(value !== undefined) - Number(before)
    }
    return merging ? new LayeredMap(target as Map<string, Value>, new Map(), size) : new LayeredMap(this.#below, target, size)
  }

  get(key: string): Value | undefined {
    return this.#layer.has(key) ? this.#layer.get(key) : this.#below.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  entries(): MapIterator<[string, Value]> {
    return this.#layer.size === 0 ? this.#below.entries() : this.#merged()
  }

  *#merged(): Generator<[string, Value], undefined> {
    for (const entry of this.#below) if (!this.#layer.has(entry[0])) yield entry
    for (const [key, value] of this.#layer) if (value !== undefined) yield [key, value]
  }

  keys(): MapIterator<string> {
    return this.#layer.size === 0 ? this.#below.keys() : this.#merged().map(([key]) => key)
  }

  values(): MapIterator<Value> {
    return this.#layer.size === 0 ? this.#below.values() : this.#merged().map(([, value]) => value)
  }

  forEach(callback: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this)
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries()
  }
}

function present<Value>(changes: ReadonlyMap<string, Value | undefined>): ReadonlyMap<string, Value> {
  if (!changes.values().some((value) => value === undefined)) return changes as ReadonlyMap<string, Value>
  return new Map(changes.entries().filter((entry): entry is [string, Value] => entry[1] !== undefined))
}
