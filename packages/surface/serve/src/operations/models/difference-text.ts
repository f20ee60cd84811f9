import { unreachable } from '@sluice/core'
import pc from 'picocolors'
import { fields, table } from '../../format/table.ts'
import { count, counted, percent } from '../../format/words.ts'
import type { ModelDifference } from '../../services.ts'

type Example = ModelDifference['examples'][number]

const marks = { added: '+', removed: '-', changed: '~' } as const
const colours: Readonly<Record<Example['kind'], (text: string) => string>> = { added: pc.green, removed: pc.red, changed: pc.yellow }

/** What one model would change, as `diff` and its kin show it: counts, columns, and rows with a mark before each. */
export function differenceText(
  of: ModelDifference,
  asked: { readonly batches: number | undefined; readonly percent: number | undefined },
): string {
  const head = `${pc.bold(of.model)} ${pc.dim(`(${of.dataset}, ${of.refresh})`)}`
  const columns = of.columns.map(({ column, from, to }) => `${column}: ${from ?? 'new'} -> ${to ?? 'declared no more'}`).join(', ')
  const left = of.left.map(({ reason, batches }) => `${counted(batches, 'batch', 'batches')}: ${reason}`).join('; ')
  if (of.why !== null)
    return indented(head, [
      fields([
        ['not compared', of.why],
        ['columns', columns],
      ]),
    ])
  const { rows, quarantined, changed, batches } = of
  const same = rows.added + rows.removed + rows.changed === 0
  return indented(head, [
    fields([
      ['rows', rowsText(rows)],
      ['changed', changed.map(({ column, rows: n }) => `${column} in ${count(n)}`).join(', ')],
      ['columns', columns],
      [
        'quarantine',
        quarantined.would + quarantined.stands === 0 ? '' : `${count(quarantined.would)} would go there, ${count(quarantined.stands)} did`,
      ],
      [
        'compared',
        [lookedAt(batches, asked.batches), ...(asked.percent === undefined ? [] : [`${asked.percent} % of the rows`])].join(', '),
      ],
      ['left out', left],
      ['by', of.by.length === 0 ? 'all columns: the dataset has no key' : of.by.join(', ')],
    ]),
    ...(same ? [] : [examplesText(of)]),
  ])
}

function rowsText({ would, stands, added, removed, changed, same }: ModelDifference['rows']): string {
  const parts = [
    ...(added === 0 ? [] : [colours.added(`${count(added)} added`)]),
    ...(removed === 0 ? [] : [colours.removed(`${count(removed)} removed`)]),
    ...(changed === 0 ? [] : [colours.changed(`${count(changed)} changed`)]),
    `${count(same)} the same${stands === 0 ? '' : ` (${percent(same / stands)} of ${count(stands)} that stand)`}`,
  ]
  return `${parts.join(', ')}; ${count(would)} in all`
}

const lookedAt = ({ compared, of }: ModelDifference['batches'], asked: number | undefined): string =>
  compared === of
    ? `all of ${counted(of, 'batch', 'batches')}`
    : `${count(compared)} of ${counted(of, 'batch', 'batches')}${asked === undefined ? '' : ', the newest'}`

function examplesText({ cells, examples, by }: ModelDifference): string {
  const differ = new Set(
    cells.filter((_, at) => examples.some((each) => each.kind !== 'changed' || each.stands?.[at] !== each.would?.[at])),
  )
  // Of rows that only change, columns that do not are left out, but for those that say which row it is.
  const shown = cells.flatMap((name, at) => (by.includes(name) || differ.has(name) ? [{ name, at }] : []))
  return table(
    examples,
    [
      {
        title: '',
        of: ({ kind, times }: Example) => `${marks[kind]}${times > 1 ? ` ${times} x` : ''}`,
        show: (text, { kind }) => colours[kind](text),
      },
      ...shown.map(({ name, at }) => ({
        title: name,
        of: (each: Example) => cellOf(each, at),
        show: (text: string, each: Example) =>
          each.kind === 'changed' && each.stands?.[at] === each.would?.[at] ? text : colours[each.kind](text),
      })),
    ],
    '',
  )
}

function cellOf({ kind, stands, would }: Example, at: number): string {
  const [before, after] = [textOf(stands?.[at]), textOf(would?.[at])]
  switch (kind) {
    case 'added':
      return after
    case 'removed':
      return before
    case 'changed':
      return before === after ? before : `${before} -> ${after}`
    default:
      return unreachable(kind)
  }
}

/** The text null and no value are told apart, and one cell does not fill the screen. */
function textOf(cell: string | null | undefined): string {
  if (cell === null || cell === undefined) return 'null'
  if (cell === 'null') return '"null"'
  return cell.length > longest ? `${cell.slice(0, longest - 1)}…` : cell
}

const longest = 60

const indented = (head: string, parts: readonly string[]): string =>
  [head, ...parts.flatMap((part) => part.split('\n')).map((line) => `  ${line}`.trimEnd())].join('\n')
