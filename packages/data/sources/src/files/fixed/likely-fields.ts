import type { FixedWidthFormat } from '@sluice/author'

/** Columns that lines seem to have: first character, from 1, and width. */
export interface LikelyFields {
  readonly fields: FixedWidthFormat['fields']
  /** Whether the first line names them. */
  readonly header: boolean
}

/** Fewer lines say nothing: two sentences may have their spaces at the same place. */
const fewest = 3

interface Run {
  /** From 0, and the one behind the last. */
  readonly from: number
  readonly to: number
}

/**
 * The places at which lines have cells, where each line has spaces at the same ones, two or more between some cells: text that is written
 * for people has not. A guess: cells that no space divides are one. Pure.
 */
export function likelyFields(text: readonly string[]): LikelyFields | undefined {
  const lines = text.filter((line) => line.trim() !== '').map((line) => Array.from(line))
  if (lines.length < fewest || lines.some((line) => line.includes('\t'))) return undefined
  const runs = runsOf(lines)
  const isPadded = lines.filter((line) => line.join('').trim().includes('  ')).length * 2 > lines.length
  if (runs.length < 2 || !isPadded) return undefined
  const cells = lines.map((line) => runs.map(({ from, to }) => line.slice(from, to).join('').trim()))
  const header = isHeader(cells)
  const body = header ? lines.slice(1) : lines
  const places = placesOf(runs, (run) => isRightAligned(body, run))
  return { fields: Object.fromEntries(places.map((place, at) => [nameOf(cells, header, at), place] as const)), header }
}

/** Characters between those that are a space in each line. */
function runsOf(lines: readonly (readonly string[])[]): readonly Run[] {
  const width = Math.max(...lines.map((line) => line.length))
  const runs: Run[] = []
  let from: number | undefined
  for (let at = 0; at <= width; at++) {
    const isText = lines.some((line) => (line[at] ?? ' ') !== ' ')
    if (isText) from ??= at
    else if (from !== undefined) {
      runs.push({ from, to: at })
      from = undefined
    }
  }
  return runs
}

const isRightAligned = (lines: readonly (readonly string[])[], { from, to }: Run): boolean =>
  lines.every((line) => (line[to - 1] ?? ' ') !== ' ') && lines.some((line) => (line[from] ?? ' ') === ' ')

/**
 * The spaces between two cells are before one that ends at the same place in each line, else behind the other: a number that is longer than
 * those seen must not lose its first digits, whereas the rest of a longer text before it is refused with that number.
 */
function placesOf(runs: readonly Run[], isRight: (run: Run) => boolean): readonly (readonly [number, number])[] {
  const begins = runs.map((run, at) => (at === 0 ? 0 : isRight(run) ? (runs[at - 1]?.to ?? 0) : run.from))
  return runs.map(({ to }, at) => [(begins[at] ?? 0) + 1, (begins[at + 1] ?? to) - (begins[at] ?? 0)] as const)
}

/** A line of names stands above columns of numbers. */
function isHeader([first = [], ...others]: readonly (readonly string[])[]): boolean {
  const isNumber = (cell: string | undefined): boolean => cell === '' || /^[-+]?\d[\d.,/-]*$/.test(cell ?? '')
  const columns = first.map((_, at) => others.every((cells) => isNumber(cells[at])))
  return columns.includes(true) && first.every((cell) => /^\p{L}/u.test(cell)) && new Set(first).size === first.length
}

/** Without the marks of a list of fields. */
const nameOf = (cells: readonly (readonly string[])[], header: boolean, at: number): string => {
  const name = header ? cells[0]?.[at]?.replaceAll(/[,:'"\s]+/g, '_') : undefined
  return name ?? `column_${at + 1}`
}
