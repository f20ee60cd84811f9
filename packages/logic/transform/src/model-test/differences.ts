/** A row as texts, in the order of the columns that are compared. */
export type Cells = readonly (string | null)[]

export type RowDifference =
  | { readonly kind: 'missing'; readonly expected: Cells }
  | { readonly kind: 'unexpected'; readonly actual: Cells }
  /** A row that was meant to be the other one. */
  | { readonly kind: 'changed'; readonly expected: Cells; readonly actual: Cells; readonly columns: readonly string[] }

/**
 * Where two sets of rows differ; the order of rows means nothing, equal rows count as often as they stand there. What is left is paired by
 * the key where it is compared, else with the row that has most values in common, if it has any.
 */
export function differences(
  columns: readonly string[],
  key: readonly string[],
  expected: readonly Cells[],
  actual: readonly Cells[],
): readonly RowDifference[] {
  const given = [...actual]
  const missing = expected.filter((row) => {
    const at = given.findIndex((each) => sameCells(row, each))
    if (at >= 0) given.splice(at, 1)
    return at < 0
  })
  const byKey = key.length > 0 && key.every((name) => columns.includes(name)) ? key.map((name) => columns.indexOf(name)) : undefined
  const found = missing.map((row): RowDifference => {
    const at = partnerOf(row, given, byKey)
    const [partner] = at < 0 ? [] : given.splice(at, 1)
    if (partner === undefined) return { kind: 'missing', expected: row }
    return { kind: 'changed', expected: row, actual: partner, columns: columns.filter((_, place) => row[place] !== partner[place]) }
  })
  return [...found, ...given.map((row): RowDifference => ({ kind: 'unexpected', actual: row }))]
}

const sameCells = (a: Cells, b: Cells): boolean => a.every((cell, at) => cell === b[at])

function partnerOf(row: Cells, among: readonly Cells[], byKey: readonly number[] | undefined): number {
  if (byKey !== undefined) return among.findIndex((each) => byKey.every((at) => each[at] === row[at]))
  const equal = among.map((each) => each.filter((cell, at) => cell === row[at]).length)
  const most = Math.max(0, ...equal)
  return most === 0 ? -1 : equal.indexOf(most)
}
