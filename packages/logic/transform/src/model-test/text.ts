import { unreachable } from '@sluice/core'
import type { Cells, RowDifference } from './differences.ts'
import type { ModelTestResult } from './result.ts'

/** What differs as lines of text: rows that are missing (`-`), unexpected (`+`), and changed (`~`, as expected and as given). */
export function differencesText({ columns, differences, quarantined }: ModelTestResult): string {
  const titles = ['', ...columns]
  const rows = [titles, ...differences.map((each) => [marks[each.kind], ...columns.map((_, at) => cellOf(each, at))])]
  const widths = titles.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return [
    ...rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    ...quarantined.map(({ rule, rows: n }) => `${n} ${n === 1 ? 'row' : 'rows'} broke ${rule} and went to quarantine`),
  ].join('\n')
}

const marks = { missing: '-', unexpected: '+', changed: '~' } as const

function cellOf(difference: RowDifference, at: number): string {
  switch (difference.kind) {
    case 'missing':
      return shown(difference.expected, at)
    case 'unexpected':
      return shown(difference.actual, at)
    case 'changed': {
      const [expected, actual] = [shown(difference.expected, at), shown(difference.actual, at)]
      return expected === actual ? expected : `${expected} -> ${actual}`
    }
    default:
      return unreachable(difference)
  }
}

/** The text null and no value are told apart. */
const shown = (cells: Cells, at: number): string => (cells[at] === 'null' ? '"null"' : (cells[at] ?? 'null'))
