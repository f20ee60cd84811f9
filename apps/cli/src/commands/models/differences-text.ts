import { unreachable } from '@sluice/core'
import type { TestedModel } from '@sluice/platform'
import { count, state, table } from '@sluice/serve/terminal'
import pc from 'picocolors'

type Result = NonNullable<TestedModel['result']>
type Difference = Result['differences'][number]

/** A test as people read it: one line where it holds; else the rows that differ, each value that changed as expected and as given. */
export function testText({ project, test, model, file, line, ok, result, fault }: TestedModel): string {
  const place = `${project}/${file}${line === null ? '' : `:${line}`}`
  const head = `${state(ok ? 'ok' : 'failed')}  ${test} (${model})  ${pc.dim(place)}`
  const lines = [
    ...(fault === null ? [] : [fault.message, ...(fault.next === null ? [] : [`${pc.cyan('next')}  ${fault.next}`])]),
    ...(result === null || ok ? [] : differencesText(result)),
    ...(result?.quarantined ?? []).map(({ rule, rows }) =>
      pc.dim(`${count(rows)} ${rows === 1 ? 'row' : 'rows'} broke ${rule} and went to quarantine`),
    ),
  ]
  return [head, ...lines.flatMap((each) => each.split('\n').map((text) => `    ${text}`.trimEnd()))].join('\n')
}

const differencesText = ({ columns, differences }: Result): readonly string[] => [
  table(
    differences,
    [
      { title: '', of: ({ kind }: Difference) => kind, show: (kind, difference) => marks[difference.kind](kind) },
      ...columns.map((title, at) => ({ title, of: (difference: Difference) => cellOf(difference, title, at), show: shownCell(title) })),
    ],
    '',
  ),
]

const marks: Readonly<Record<Difference['kind'], (text: string) => string>> = {
  missing: pc.red,
  unexpected: pc.red,
  changed: pc.yellow,
}

function cellOf(difference: Difference, column: string, at: number): string {
  switch (difference.kind) {
    case 'missing':
      return shown(difference.expected[at])
    case 'unexpected':
      return shown(difference.actual[at])
    case 'changed':
      return difference.columns.includes(column)
        ? `${shown(difference.expected[at])} -> ${shown(difference.actual[at])}`
        : shown(difference.expected[at])
    default:
      return unreachable(difference)
  }
}

const shownCell =
  (column: string) =>
  (cell: string, difference: Difference): string => {
    if (cell === 'null') return pc.dim(cell)
    return difference.kind === 'changed' && difference.columns.includes(column) ? marks.changed(cell) : cell
  }

/** The text null and no value are told apart. */
const shown = (cell: string | null | undefined): string =>
  cell === null || cell === undefined ? 'null' : cell === 'null' ? '"null"' : cell
