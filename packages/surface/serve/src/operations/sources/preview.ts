import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { inTurn } from '../../endpoint/in-turn.ts'
import { rowsTable } from '../../format/sql-rows.ts'
import { table } from '../../format/table.ts'
import { count } from '../../format/words.ts'
import { previewedSource } from '../../schemas/sources.ts'
import type { PreviewedSource } from '../../services.ts'
import { askedSource, ofSource, projectOfSource, sourceArgs, sourceOf } from './of-source.ts'

const usual = 10

export const previewSource = endpoint({
  name: 'sources.preview',
  method: 'post',
  path: '/sources/{source}/preview',
  // It only reads, but it asks others, with the secrets of the project.
  right: 'editor',
  scope: projectOfSource,
  audit: 'query',
  summary: 'The first rows of a source as a pull would write them, and those that would be in quarantine; nothing is written',
  ...ofSource,
  body: z.object({
    file: z.string().optional().describe('of files: one by its path below the folder; the first that a pull would read unless given'),
    limit: z.number().int().min(1).max(1_000).default(usual).describe('so many rows of each kind'),
  }),
  answer: previewedSource,
  handle: async (services, { params, query, body, caller, signal }) => {
    const source = await sourceOf(services, { params, query })
    return await inTurn(services.turns, { caller, signal }, () => services.sources.preview(source, { ...given(body), signal }))
  },
  terminal: {
    summary: 'Show the first rows of a source as a pull would write them, and those that would be in quarantine; nothing is written',
    args: sourceArgs,
    fields: ['file', 'limit'],
    change: { file: { flags: '--file <path>' }, limit: { flags: '--limit <rows>' } },
    examples: ['sluice sources preview furniture tills', 'sluice sources preview furniture tills --file lyon.csv --limit 3 --json'],
    run: async (terminal, line, send) => {
      const { output, signal } = terminal
      const body = given({ file: line.text('file'), limit: line.number('limit') })
      const previewed = await send({ ...(await askedSource(terminal, line)), body, signal })
      output.result(previewed, () => previewText(previewed))
      for (const each of previewed.told) output.note(each)
      return 0
    },
  },
})

function previewText({ dataset, source, file, asked, since, more, columns, drift, refused, rows, quarantine, ...counts }: PreviewedSource) {
  const { rowsIn, rowsWritten, rowsQuarantined } = counts
  const names = Object.keys(columns)
  const mapped = Object.entries(columns).map(([column, from]) => ({ column, from: from ?? 'nothing: it is null' }))
  const begin = since === null ? '' : `, from ${since} on`
  return [
    `${file ?? `${source}: ${asked}${begin}`} -> ${dataset}`,
    table(
      mapped,
      [
        { title: 'column', of: ({ column }) => column },
        { title: 'filled from', of: ({ from }) => from },
      ],
      'no columns',
    ),
    ...(drift.length === 0 ? [] : [drift.map((event) => `note: ${event}`).join('\n')]),
    rowsTable({ columns: names.map((name) => ({ name, type: '' })), rows: rows.map((row) => names.map((name) => row[name] ?? null)) }),
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
    ...(more ? ['There is more: a pull goes on behind these.'] : []),
    ...(refused === null ? [] : [`nothing of it would be written: ${refused.message}`, refused.next]),
  ].join('\n\n')
}
