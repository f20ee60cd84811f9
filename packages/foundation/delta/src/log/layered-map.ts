/**
 * An immutable map. A changed copy shares the entries of the original: the changes are a thin layer above them. Iterates in the order of
 * the last insertion. A lookup costs two lookups, iteration one test more for each entry.
 */
export class LayeredMap<Value> implements ReadonlyMap<string, Value> {
  readonly #below: ReadonlyMap<string, Value>
  /** What the layer adds or replaces. `undefined` removes a key. */
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

  /** A map with some changes. A value of `undefined` removes its key. */
  with(changes: ReadonlyMap<string, Value | undefined>): LayeredMap<Value> {
    if (changes.size === 0) return this
    if (this.size === 0) return LayeredMap.of(present(changes))
    // Every change copies the layer, and a full layer is merged. A limit that grows with the square root keeps both costs small.
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
