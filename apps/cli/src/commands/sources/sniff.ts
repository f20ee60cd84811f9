import { bytes, count, fields, table } from '@sluice/serve/terminal'
import type { SniffedFile } from '@sluice/sources/convert'
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

function shown({ file, bytes: size, format, detected, columns, rows, refused, told, declaration }: SniffedFile): string {
  const found = Object.entries(detected).map(
    ([name, value]) => [name, typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value)] as const,
  )
  const titles = columns.map(({ name, type }) => ({ title: `${name} ${type}`, of: (row: SniffedFile['rows'][number]) => cell(row[name]) }))
  return [
    fields([['file', file], ['size', bytes(size)], ['format', format], ...found]),
    ...told.map((each) => `note: ${each}`),
    ...(refused === 0 ? [] : [`${count(refused)} records cannot be read`]),
    table(rows, titles, 'no rows'),
    declaration,
  ].join('\n\n')
}

const longest = 40

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  return text.length > longest ? `${text.slice(0, longest)}...` : text
}
