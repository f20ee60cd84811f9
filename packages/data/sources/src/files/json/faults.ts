import type { RecordFault } from './record.ts'
import type { Fault } from './value.ts'

/** Bytes of a record that is read at all. */
export const longestRecord = 64 << 20

/** What is shown of one that is longer. */
export const keptOfLong = 65_536

export type Refusal = Fault | 'long' | 'encoding'

export const ruleOf = (refusal: Refusal): string => `record(${refusal})`

/** By the rule. */
export const refusals: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    json: 'is not JSON (RFC 8259)',
    object: 'is JSON, but not an object',
    twice: 'has a name twice, so that its value may be either',
    surrogate: 'has half of a surrogate pair, which is no character',
    deep: 'is nested more than 512 levels deep',
    long: 'is longer than 64 MiB',
    encoding: 'has bytes that are not UTF-8',
  } satisfies Record<Refusal, string>).map(([refusal, message]) => [ruleOf(refusal as Refusal), message]),
)

/** A record as quarantine has it: its text, and which character of it is at fault, from 1. */
export function shownRecord(text: Buffer, { fault, at, column }: Omit<RecordFault, 'fault'> & { readonly fault: Refusal }) {
  const character = fault === 'long' ? undefined : charactersIn(text.subarray(0, at)) + 1
  return {
    rule: ruleOf(fault),
    ...(column === undefined ? {} : { place: column }),
    cells: {
      line: text.toString(fault === 'encoding' ? 'latin1' : 'utf8').replace(/\r$/, ''),
      ...(character === undefined ? {} : { character: String(character) }),
    },
  }
}

/** Of UTF-8: bytes that go on with a character are none of their own. */
function charactersIn(text: Buffer): number {
  let count = 0
  for (const byte of text) if ((byte & 0xc0) !== 0x80) count++
  return count
}

/** Where a text that is not UTF-8 stops to be it: what is decoded and encoded again differs from there. */
export function firstBadByte(text: Buffer): number {
  const again = Buffer.from(text.toString('utf8'))
  return text.findIndex((byte, at) => byte !== again[at])
}
