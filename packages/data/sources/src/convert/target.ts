import { inputErrors } from '@sluice/core'

/** What a conversion writes. */
export type TargetKind = 'parquet' | 'csv' | 'jsonl' | 'delta'

const endings: Readonly<Record<string, TargetKind>> = { parquet: 'parquet', csv: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', delta: 'delta' }

/** By the ending of the name. A name with `/` at its end, or without an ending, is a folder: a Delta table. @throws `input.invalid` */
export function targetOf(path: string): TargetKind {
  const name = path.split('/').at(-1) ?? ''
  if (name === '' || !name.includes('.')) return 'delta'
  const kind = endings[name.slice(name.lastIndexOf('.') + 1).toLowerCase()]
  if (kind !== undefined) return kind
  throw inputErrors.invalid(`${path}: nothing is written in this format`, {
    facts: { file: path },
    next: 'Name an output that ends in .parquet, .csv, .jsonl or .delta, or a folder, which becomes a Delta table.',
  })
}
