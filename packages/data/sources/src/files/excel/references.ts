import { mostColumns, mostRows, type Range } from './workbook.ts'

/** `A` is 0, `AA` is 26. */
export function columnOf(letters: string): number {
  let column = 0
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

export function lettersOf(column: number): string {
  let [rest, letters] = [column + 1, '']
  for (; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  return letters
}

export const cellName = (row: number, column: number): string => `${lettersOf(column)}${row + 1}`
export const rangeName = ({ top, left, bottom, right }: Range): string => `${cellName(top, left)}:${cellName(bottom, right)}`

const corner = String.raw`\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})`
const cells = new RegExp(`^${corner}(?::${corner})?$`, 'i')
const columns = /^\$?([A-Z]{1,3}):\$?([A-Z]{1,3})$/i

/** `B3:F200`, `B3`, `B:F`; `undefined` for what is not one of them. A single cell is itself, unless the range is open to its end. */
export function rangeOf(text: string, { isOpen = false }: { readonly isOpen?: boolean } = {}): Range | undefined {
  const whole = columns.exec(text)
  if (whole !== null) {
    const [left, right] = [columnOf(whole[1] ?? ''), columnOf(whole[2] ?? '')].toSorted((a, b) => a - b)
    return within({ top: 0, left: left ?? 0, bottom: mostRows - 1, right: right ?? 0 })
  }
  const found = cells.exec(text)
  if (found === null) return undefined
  const [, letters = '', number = '', otherLetters, otherNumber] = found
  const [column, row] = [columnOf(letters), Number(number) - 1]
  if (otherLetters === undefined)
    return within({ top: row, left: column, bottom: isOpen ? mostRows - 1 : row, right: isOpen ? mostColumns - 1 : column })
  const [otherColumn, otherRow] = [columnOf(otherLetters), Number(otherNumber) - 1]
  return within({
    top: Math.min(row, otherRow),
    left: Math.min(column, otherColumn),
    bottom: Math.max(row, otherRow),
    right: Math.max(column, otherColumn),
  })
}

const within = (range: Range): Range | undefined => (range.bottom < mostRows && range.right < mostColumns ? range : undefined)

/** `'My sheet'!$A$1:$C$9` as its two parts, of a name that stands for one range. */
export function placeOfName(text: string): { readonly sheet: string; readonly range: Range } | undefined {
  const found = /^=?(?:'((?:[^']|'')+)'|([^'!]+))!([^!,]+)$/.exec(text.trim())
  const range = rangeOf(found?.[3] ?? '')
  const sheet = found?.[1]?.replaceAll("''", "'") ?? found?.[2]
  return range === undefined || sheet === undefined ? undefined : { sheet, range }
}
