import type { PreviewedFile } from '@sluice/platform'
import { count, rowsTable, table } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { refuseUrl } from '../../cli/rehearse.ts'
import { askedSource, sourceArgs } from './asked-source.ts'

const usual = 10

export const preview = command({
  path: 'sources preview',
  summary: 'Show a file of a source as a pull would write it, and its rows that would be in quarantine; nothing is written',
  args: sourceArgs,
  options: [
    {
      flags: '--file <path>',
      description: 'a file by its path below the folder of the source; the first that a pull would read unless given',
    },
    { flags: '--limit <rows>', description: `so many rows of each kind are shown; ${usual} unless given`, type: 'whole' },
  ],
  examples: ['sluice sources preview furniture tills', 'sluice sources preview furniture tills --file lyon.csv --limit 3 --json'],
  run: async (context, line) => {
    const { output, global } = context
    refuseUrl(global, 'a source is looked at from this machine, with the folders and secrets that it has')
    const { declaredSources, previewSource, sourceNamed } = await import('@sluice/platform')
    const { definitions, settings } = await context.platform()
    const file = line.text('file')
    const limit = line.number('limit') ?? usual
    const all = await definitions()
    const source = sourceNamed(settings, await declaredSources(all), askedSource(line, global))
    const { project, source: name } = source
    const files = file === undefined ? [] : [file]
    const log = { warn: (message: string) => output.note(message) }
    const previewed = await previewSource({ settings, definitions: all, source, files, log }, limit)
    output.result({ project, source: name, dataset: source.dataset, ...previewed }, () => shown(source.dataset, previewed))
    return 0
  },
})

function shown(dataset: string, { file, columns, drift, refused, rows, quarantine, ...counts }: PreviewedFile): string {
  const { rowsIn, rowsWritten, rowsQuarantined } = counts
  const names = Object.keys(columns)
  const mapped = Object.entries(columns).map(([column, from]) => ({ column, from: from ?? 'nothing: it is null' }))
  return [
    `${file} -> ${dataset}`,
    table(
      mapped,
      [
        { title: 'column', of: ({ column }) => column },
        { title: 'filled from', of: ({ from }) => from },
      ],
      'no columns',
    ),
    ...(drift.length === 0 ? [] : [drift.map((event) => `note: ${event}`).join('\n')]),
    rowsTable({ columns: names.map((name) => ({ name, type: '' })), rows: rows.map((row) => names.map((name) => row[name])) }),
    table(
      quarantine,
      [
        { title: 'line', of: (row) => count(row.line) },
        { title: 'column', of: ({ column }) => column ?? '' },
        { title: 'rule', of: ({ rule }) => rule },
        { title: 'cells', of: ({ cells }) => cells },
      ],
      'no row would be in quarantine',
    ),
    `${count(rowsIn)} rows in, ${count(rowsWritten)} would be written, ${count(rowsQuarantined)} in quarantine`,
    ...(refused === null ? [] : [`nothing of the file would be written: ${refused.message}`, refused.next]),
  ].join('\n\n')
}
