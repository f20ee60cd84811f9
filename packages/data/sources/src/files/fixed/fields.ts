import type { FixedWidthFormat } from '@sluice/author'

/** Where a cell stands in a line: its first character, from 0, and the one behind its last. */
export interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
}

export const fieldsOf = ({ fields }: FixedWidthFormat): readonly Field[] =>
  Object.entries(fields).map(([name, [first, width]]) => ({ name, from: first - 1, to: first - 1 + width }))

/** Where each character of a line begins, in bytes, and at last where the line ends. A character is a code point of Unicode. */
export function charactersOf(bytes: Uint8Array, from: number, to: number, places: number[]): void {
  places.length = 0
  for (let at = from; at < to; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) places.push(at)
  places.push(to)
}
