import { datasetOf, type Reading, type Sql, type SqlPart } from '@sluice/author'
import { definitionErrors, type SluiceError, unreachable } from '@sluice/core'
import { quoteLiteral } from '@sluice/duckdb'
import type { Pinned } from '../pinned.ts'
import { instantLiteral, rowsSelect, type ScanStored, type SourceRows } from './rows.ts'

/** A statement of the lake as DuckDB SQL. Values become quoted literals. @throws `definition.invalid` for a dataset of the warehouse. */
export async function renderSql(sql: Sql, reading: Reading, scan: ScanStored): Promise<Pinned> {
  const sources = new Map<string, SourceRows>()
  const versions = new Map<string, string>()
  const noting: ScanStored = async (dataset, options) => {
    const stored = await scan(dataset, options)
    if (stored.version !== undefined) versions.set(stored.dataset, stored.version)
    return stored
  }
  const parses = parsesJson(sql)
  let [select, good] = ['', '']
  for (const part of sql.parts) {
    const rows = part.kind === 'dataset' ? await rowsOf(part) : undefined
    select += part.kind === 'dataset' ? `(${rows?.select})` : plainSql(part, reading)
    good += part.kind === 'dataset' ? `(${rows?.judged?.good ?? rows?.select})` : plainSql(part, reading)
  }
  const [source, ...more] = sql.parts.flatMap((part, at) => (part.kind === 'dataset' ? [{ part, at }] : []))
  const rows = source === undefined || more.length > 0 ? undefined : await rowsOf(source.part)
  const judged = [...sources.values()].flatMap((rows) => rows.judged ?? [])
  return {
    select,
    sources: [...versions].map(([dataset, version]) => ({ dataset, version })),
    ...(rows === undefined ? {} : { source: { select: rows.judged?.good ?? rows.select, over } }),
    ...(judged.length === 0 ? {} : { judged: { select: good, refused: judged } }),
  }

  function over(select: string): string {
    return sql.parts.map((part) => (part.kind === 'dataset' ? `(${select})` : plainSql(part, reading))).join('')
  }

  async function rowsOf(part: SqlPart & { readonly kind: 'dataset' }): Promise<SourceRows> {
    const key = JSON.stringify(part)
    const dataset = datasetOf(reading, part.id)
    if (dataset.on !== 'lake') throw refused(part.id)
    const rows = sources.get(key) ?? (await rowsSelect(dataset, part, reading, { scan: noting, parsesJson: parses }))
    sources.set(key, rows)
    return rows
  }
}

/** DuckDB parses JSON by functions and casts that have it in their names, and by its arrows. In a text they do no harm. */
const parsesJson = ({ parts }: Sql): boolean => parts.some((part) => part.kind === 'text' && /json|->/i.test(part.text))

function plainSql(part: Exclude<SqlPart, { readonly kind: 'dataset' }>, { interval }: Reading): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'value':
      return valueSql(part.value)
    case 'output':
      return valueSql(part.value ?? null)
    case 'instant':
      return instantLiteral(typeof part.at === 'number' ? part.at : interval[part.at])
    default:
      return unreachable(part)
  }
}

function valueSql(value: string | number | boolean | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return quoteLiteral(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (Number.isSafeInteger(value)) return value < 0 ? `(${value})` : String(value)
  return `CAST(${quoteLiteral(String(value))} AS DOUBLE)`
}

const refused = (id: string): SluiceError =>
  definitionErrors.invalid(`${id} is in the warehouse and cannot be read in SQL over the lake`, {
    facts: { dataset: id },
    next: 'Run the statement in the warehouse, or read the dataset of the lake that it was loaded from.',
  })
