import { fileErrors } from '../../../../errors.ts'
import { broken } from './faults.ts'

/** A name that elements or attributes have. There is one object of each, so that two are the same when their objects are. */
export interface XmlName {
  /** As it is written. */
  readonly name: string
  /** Without its prefix. */
  readonly local: string
  /** The number of the tag that had it last as an attribute. */
  tag: number
}

interface Known extends XmlName {
  readonly spelling: Uint8Array
  readonly next: Known | undefined
}

/** Parts of workbooks have some hundred. */
const mostNames = 65_536
const slots = 1_024

/** XML 1.0, 2.3. */
const starts = String.raw`:A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}-\u{200D}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}`
const nameForm = new RegExp(String.raw`^[${starts}][${starts}\-.0-9\u{B7}\u{300}-\u{36F}\u{203F}-\u{2040}]*$`, 'u')

/** The names that were met, by their bytes: each is checked and made once. */
export class XmlNames {
  readonly #slots: (Known | undefined)[] = new Array<Known | undefined>(slots).fill(undefined)
  #count = 0

  /** @throws `file.damaged` for what is not a name */
  of(bytes: Buffer, from: number, to: number): XmlName {
    let hash = to - from
    for (let at = from; at < to; at++) hash = (hash * 31 + (bytes[at] ?? 0)) & 0xffffff
    const slot = hash % slots
    for (let known = this.#slots[slot]; known !== undefined; known = known.next)
      if (isSpelled(known.spelling, bytes, from, to)) return known
    return this.#add(slot, Uint8Array.prototype.slice.call(bytes, from, to))
  }

  #add(slot: number, spelling: Uint8Array): XmlName {
    const name = Buffer.from(spelling).toString()
    if (!nameForm.test(name)) throw broken(`"${name.slice(0, 40)}" is not a name`)
    if (++this.#count > mostNames)
      throw fileErrors.limit(`its XML has more than ${mostNames} different names`, {
        facts: { limit: mostNames },
        next: 'Look at the file: it may be made to do harm.',
      })
    const known: Known = { name, local: name.slice(name.indexOf(':') + 1), tag: 0, spelling, next: this.#slots[slot] }
    this.#slots[slot] = known
    return known
  }
}

function isSpelled(spelling: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (spelling.length !== to - from) return false
  for (let at = 0; at < spelling.length; at++) if (spelling[at] !== bytes[from + at]) return false
  return true
}
