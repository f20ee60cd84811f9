import type { SampleRecord } from './records.ts'
import { shapeOf } from './value-shapes.ts'

const looked = 200

/**
 * Whether a line names columns. Names that are expected decide. Else a word above values speaks for it, a value above values against it,
 * and where all is words a line whose words are all different, and not found again below them, is one of names.
 */
export function looksLikeHeader(line: readonly string[], body: readonly SampleRecord[], isWanted: (name: string) => boolean): boolean {
  const names = line.map((cell) => cell.trim().toLowerCase())
  const found = line.filter((cell) => cell.trim() !== '' && isWanted(cell.trim())).length
  if (found > 0 && found * 2 >= line.length) return true
  const isValue = (cell: string): boolean => ['number', 'date'].includes(shapeOf(cell).kind)
  // The line may stand once more below, where files were joined.
  const others = body.filter(({ cells }) => cells.some((cell, at) => cell !== line[at])).slice(0, looked)
  let [forIt, againstIt] = [0, 0]
  for (const [at, cell] of line.entries()) {
    const below = others.flatMap(({ cells }) => (cells[at] === undefined || cells[at].trim() === '' ? [] : [cells[at]]))
    const values = below.filter(isValue).length
    if (below.length > 0 && values >= 0.9 * below.length) {
      if (isValue(cell)) againstIt++
      else if (cell.trim() !== '') forIt++
    } else if (isValue(cell)) againstIt++
  }
  if (forIt !== againstIt) return forIt > againstIt
  if (forIt > 0) return true
  const filled = names.filter((name) => name !== '')
  if (filled.length === 0) return false
  const repeats = body
    .slice(0, looked)
    .some(({ cells }) => cells.some((cell, at) => cell.trim() !== '' && cell.trim().toLowerCase() === names[at]))
  return !repeats
}
