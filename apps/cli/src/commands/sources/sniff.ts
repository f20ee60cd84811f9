import { bytes, count, fields, table } from '@sluice/serve/terminal'
import type { SniffedColumn, SniffedFile } from '@sluice/sources/convert'
import { command } from '../../cli/command.ts'
import { formatOptions, knownFormat } from './known-format.ts'

export const sniff = command({
  path: 'sources sniff',
  summary: 'Say what a file is, show its first rows, and print what a project declares to pull such files',
  args: [{ name: 'file', description: 'a file of this machine' }],
  options: formatOptions,
  examples: ['sluice sources sniff inbox/orders.csv', 'sluice sources sniff book.xlsx --sheet 2 --json'],
  run: async ({ output }, line) => {
    const { sniffFile } = await import('@sluice/sources/convert')
    const sniffed = await sniffFile(line.arg('file'), { known: knownFormat(line) })
    output.result(sniffed, () => shown(sniffed))
    return 0
  },
})

function shown(sniffed: SniffedFile): string {
  const { file, bytes: size, format, detected, columns, rows, refused, refusedRecords, told, declaration } = sniffed
  const found = Object.entries(detected).map(([name, value]) => [name, JSON.stringify(value)] as const)
  const titles = columns.map(({ name, type }) => ({ title: `${name} ${type}`, of: (row: SniffedFile['rows'][number]) => cell(row[name]) }))
  return [
    fields([['file', file], ['size', bytes(size)], ['format', format], ...found]),
    ...told.map((each) => `note: ${each}`),
    ...(refused === 0 ? [] : [lines(`${records(refused)} cannot be read`, refusedRecords.map(refusedLine), refused)]),
    table(rows, titles, 'no rows'),
    table(columns, ofColumns, 'no columns'),
    ...columns.filter(({ values, fit }) => fit < values).map(misfitLines),
    declaration,
  ].join('\n\n')
}

const ofColumns = [
  { title: 'column', of: ({ name }: SniffedColumn) => cell(name) },
  { title: 'type', of: ({ type }: SniffedColumn) => type },
  { title: 'fit', of: ({ values, fit }: SniffedColumn) => (fit === values ? `all ${count(values)}` : `${count(fit)} of ${count(values)}`) },
  { title: 'examples', of: ({ examples }: SniffedColumn) => examples.map(cell).join(' | ') },
]

const records = (many: number): string => `${count(many)} ${many === 1 ? 'record' : 'records'}`
const refusedLine = ({ line, reason, text }: SniffedFile['refusedRecords'][number]): string => `line ${line}: ${cell(text)}: ${reason}`

function misfitLines({ name, type, values, fit, misfits }: SniffedColumn): string {
  const others = values - fit
  const said = `${name}: ${count(others)} of ${count(values)} values ${others === 1 ? 'is' : 'are'} not ${type}; a pull puts ${others === 1 ? 'its row' : 'their rows'} in quarantine`
  return lines(
    said,
    misfits.map(({ line, value }) => `line ${line}: ${cell(value)}`),
    others,
  )
}

/** @param all how many there are, of which some are shown */
const lines = (said: string, shownOnes: readonly string[], all: number): string =>
  [said, ...shownOnes.map((each) => `  ${each}`), ...(shownOnes.length < all ? [`  and ${count(all - shownOnes.length)} more`] : [])].join(
    '\n',
  )

const longest = 40

function cell(value: unknown): string {
  const line = value === null || value === undefined ? '' : String(value)
  const text = line.replaceAll(/\s+/g, ' ')
  return text.length > longest ? `${text.slice(0, longest)}...` : text
}
