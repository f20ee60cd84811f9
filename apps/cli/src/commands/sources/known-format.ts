import { given, inputErrors } from '@sluice/core'
import type { Line, OptionSpec } from '@sluice/serve/terminal'
import type { KnownFormat } from '@sluice/sources/convert'

/** What may be said of a file on the command line; the rest is found by looking. */
export const formatOptions: readonly OptionSpec[] = [
  {
    flags: '--format <format>',
    description: 'what the file is; found by its name and content unless given',
    choices: ['csv', 'json', 'jsonl', 'excel', 'avro', 'parquet', 'xml', 'fixed'],
  },
  { flags: '--delimiter <text>', description: 'csv: what stands between two cells' },
  {
    flags: '--encoding <encoding>',
    description: 'of a text',
    choices: ['utf-8', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252', 'big5'],
  },
  { flags: '--decimal <mark>', description: 'the mark before the fraction of numbers', choices: ['.', ','] },
  { flags: '--dates <form>', description: 'the form of dates: dd/MM/yyyy' },
  { flags: '--no-header', description: 'csv, excel: the first line is a row' },
  { flags: '--skip <lines>', type: 'whole', description: 'csv, fixed: lines before the header, or before the first row' },
  { flags: '--sheet <sheet>', description: 'excel: a sheet by its name, or its place from 1' },
  { flags: '--range <range>', description: 'excel: cells as B3:F200, or the name of a range' },
  { flags: '--rows <path>', description: "json, xml: where the rows are, as '$.data[*]' or '/orders/order'" },
  { flags: '--fields <fields>', description: 'fixed: each column, its first character and its width, as id:1:8,name:9:20' },
]

export function knownFormat(line: Line): KnownFormat {
  const sheet = line.text('sheet')
  return given({
    kind: line.text('format') as KnownFormat['kind'],
    delimiter: line.text('delimiter')?.replaceAll('\\t', '\t'),
    encoding: line.text('encoding'),
    decimal: line.text('decimal'),
    dates: line.text('dates'),
    header: line.flag('header') ? undefined : false,
    skip: line.number('skip'),
    sheet: sheet !== undefined && /^\d+$/.test(sheet) ? Number(sheet) : sheet,
    range: line.text('range'),
    rows: line.text('rows'),
    fields: placesOf(line.text('fields')),
  })
}

function placesOf(fields: string | undefined): Readonly<Record<string, readonly [number, number]>> | undefined {
  if (fields === undefined) return undefined
  return Object.fromEntries(
    fields.split(',').map((field) => {
      const [, name, first, width] = /^\s*(.+):(\d+):(\d+)\s*$/.exec(field) ?? []
      if (name !== undefined) return [name, [Number(first), Number(width)] as const]
      throw inputErrors.invalid(`--fields: "${field}" is not a column with its first character and its width`, {
        next: 'Write them as id:1:8,name:9:20.',
      })
    }),
  )
}
