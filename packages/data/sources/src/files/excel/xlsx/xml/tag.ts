import { ampersand, carriageReturn, lineFeed, referred, semicolon, space, tab } from './characters.ts'
import { broken } from './faults.ts'
import type { XmlName } from './names.ts'

/** The attributes of an element that begins. They are good while it is told of. */
export class XmlTag {
  readonly #names: XmlName[] = []
  readonly #from: number[] = []
  readonly #to: number[] = []
  /** Whether a value is other than it is written. */
  readonly #isPlain: boolean[] = []
  #count = 0
  bytes: Buffer = Buffer.alloc(0)

  begin(bytes: Buffer): void {
    this.bytes = bytes
    this.#count = 0
  }

  add(name: XmlName, from: number, to: number, isPlain: boolean): void {
    const at = this.#count++
    this.#names[at] = name
    this.#from[at] = from
    this.#to[at] = to
    this.#isPlain[at] = isPlain
  }

  /** The place of an attribute by its name without a prefix; -1 where there is none. */
  find(name: string): number {
    for (let at = 0; at < this.#count; at++) if (this.#names[at]?.name === name) return at
    return -1
  }

  /** Where the value of an attribute begins in `bytes`, and where it ends. */
  from(place: number): number {
    return this.#from[place] ?? 0
  }
  to(place: number): number {
    return this.#to[place] ?? 0
  }

  value(name: string): string | undefined {
    const place = this.find(name)
    return place < 0 ? undefined : this.#valueAt(place)
  }

  /** The first whose name ends like this. */
  valueEnding(end: string): string | undefined {
    const place = this.#names.slice(0, this.#count).findIndex(({ name }) => name.endsWith(end))
    return place < 0 ? undefined : this.#valueAt(place)
  }

  /** Has all values stand as they are meant (XML 1.0, 3.3.3): none becomes longer by it, so that each has room in its own place. */
  resolve(): void {
    for (let at = 0; at < this.#count; at++) {
      if (this.#isPlain[at] === true) continue
      this.#to[at] = resolved(this.bytes, this.from(at), this.to(at))
    }
  }

  #valueAt(place: number): string {
    return this.bytes.toString('utf8', this.from(place), this.to(place))
  }
}

function resolved(bytes: Buffer, from: number, to: number): number {
  let into = from
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (byte === ampersand) {
      const end = bytes.indexOf(semicolon, at)
      if (end < 0 || end >= to) throw broken('"&" stands for itself in a value')
      into += bytes.write(referred(bytes.toString('latin1', at + 1, end)), into)
      at = end
    } else if (byte === carriageReturn) {
      bytes[into++] = space
      if (bytes[at + 1] === lineFeed) at++
    } else bytes[into++] = byte === tab || byte === lineFeed ? space : byte
  }
  return into
}
