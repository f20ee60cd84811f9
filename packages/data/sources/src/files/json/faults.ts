import type { RecordFault } from './record.ts'
import type { Fault } from './value.ts'

export type Refusal = Fault | 'size' | 'encoding'

export const ruleOf = (refusal: Refusal): string => `record(${refusal})`

/** By the rule. */
export const refusals: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    json: 'The record is not JSON (RFC 8259).',
    object: 'The record is JSON, but not an object.',
    twice: 'The record has a name twice, so that its value may be either.',
    surrogate: 'The record has half of a surrogate pair, which is not a character.',
    deep: 'The record is nested more than 512 levels deep.',
    size: 'The record is longer than 64 MiB.',
    encoding: 'A byte of the record is not written in the encoding of the file.',
  } satisfies Record<Refusal, string>).map(([refusal, message]) => [ruleOf(refusal as Refusal), message]),
)

/** A record as quarantine has it: its text, and which character of it is at fault, from 1. */
export function shownRecord(text: Buffer, { fault, at, column }: Omit<RecordFault, 'fault'> & { readonly fault: Refusal }) {
  const character = fault === 'size' ? undefined : charactersIn(text.subarray(0, at)) + 1
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
