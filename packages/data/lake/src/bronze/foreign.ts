import type { Columns } from '@sluice/author'
import { dayIn, type Interval, inputErrors, unreachable } from '@sluice/core'
import { duckdbType, fileList, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { type FileFormat, formatOf } from '../file-format.ts'

/**
 * A folder of files that somebody else writes, read as a bronze dataset. Partition folders (`date=`, `year=/month=/day=`, any `key=`)
 * become columns.
 */
export interface ForeignFolder {
  /** A local folder; the dataset's own in the lake by default. */
  readonly path?: string
  /** By the files' endings unless given. */
  readonly format?: FileFormat
  /** Columns in the files, without those of the partitions. Parquet brings its own; of CSV and JSON DuckDB guesses what is not declared. */
  readonly columns?: Columns
}

export interface ForeignFile {
  readonly path: string
  readonly format: FileFormat
  /** `key=value` folders above it, outermost first. */
  readonly partitions: Readonly<Record<string, string | undefined>>
}

/** Of files by their paths below the dataset's folder those that hold data. What begins with `_` or `.` is somebody's bookkeeping. */
export function foreignFiles(paths: readonly string[], format?: FileFormat): readonly ForeignFile[] {
  return paths.flatMap((path): ForeignFile[] => {
    const found = formatOf(path)
    const parts = path.split('/')
    if (found === undefined || (format !== undefined && found !== format)) return []
    if (parts.some((part) => part.startsWith('.') || (part.startsWith('_') && !part.includes('=')))) return []
    return [{ path, format: found, partitions: partitionsOf(parts.slice(0, -1)) }]
  })
}

function partitionsOf(folders: readonly string[]): ForeignFile['partitions'] {
  const pairs = folders.map((folder) => /^([^=]+)=(.*)$/.exec(folder))
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', decodeURIComponent(pair[2] ?? '')]])))
}

const typeOf: Readonly<Record<string, string>> = { date: 'DATE', year: 'INTEGER', month: 'INTEGER', day: 'INTEGER' }

/** The calendar days a file may hold rows of, as `YYYY-MM-DD` prefixes compare; `undefined` when its folders do not say. */
function periodOf({ partitions }: ForeignFile): { readonly first: string; readonly last: string } | undefined {
  const { date, year, month, day } = partitions
  if (date !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(date)) return { first: date, last: date }
  if (year === undefined || !/^\d{4}$/.test(year)) return undefined
  const two = (text: string | undefined): string | undefined =>
    text !== undefined && /^\d{1,2}$/.test(text) ? text.padStart(2, '0') : undefined
  const [mm, dd] = [two(month), two(day)]
  if (mm === undefined) return { first: `${year}-01-01`, last: `${year}-12-31` }
  return dd === undefined
    ? { first: `${year}-${mm}-01`, last: `${year}-${mm}-31` }
    : { first: `${year}-${mm}-${dd}`, last: `${year}-${mm}-${dd}` }
}

/** Files that may hold rows of the interval [start, end): those whose folders name a day outside of it cannot. */
export function mayHold(files: readonly ForeignFile[], interval: Interval | undefined): readonly ForeignFile[] {
  if (interval === undefined) return files
  const [first, last] = [dayIn(interval.start, 'UTC'), dayIn(Math.max(interval.start, interval.end - 1), 'UTC')]
  return files.filter((file) => {
    const period = periodOf(file)
    return period === undefined || (period.last >= first && period.first <= last)
  })
}

/**
 * A SELECT over the files: their columns, then those of the partitions (`date` a DATE, `year`, `month`, `day` integers, others text). A
 * filter on a partition column keeps DuckDB from opening the other files. @throws `input.invalid` for files of several formats or partition
 * schemes.
 */
export function foreignSelect(dataset: string, files: readonly ForeignFile[], columns: Columns | undefined): string {
  const [first] = files
  const formats = [...new Set(files.map(({ format }) => format))]
  const keys = Object.keys(first?.partitions ?? {})
  if (first === undefined || formats.length > 1 || files.some(({ partitions }) => Object.keys(partitions).join('/') !== keys.join('/'))) {
    throw inputErrors.invalid(`The files of ${dataset} are not of one format under one scheme of partitions`, {
      facts: { dataset, formats, partitions: [...new Set(files.map(({ partitions }) => Object.keys(partitions).join('/')))] },
      next: 'Give the format of the folder, or part the files into one folder a kind.',
    })
  }
  const hive = keys.map((key) => `${quoteLiteral(key)}: ${typeOf[key] ?? 'VARCHAR'}`)
  const partitioned = keys.length === 0 ? 'hive_partitioning = false' : `hive_partitioning = true, hive_types = {${hive.join(', ')}}`
  const declared = Object.entries(columns ?? {}).map(([name, { type }]) => ({ name, type: duckdbType(type) }))
  const selected = [
    ...declared.map(({ name, type }) => `CAST(${quoteIdentifier(name)} AS ${type}) AS ${quoteIdentifier(name)}`),
    ...keys.map(quoteIdentifier),
  ]
  const list = fileList(files.map(({ path }) => path))
  const given = `{${declared.map(({ name, type }) => `${quoteLiteral(name)}: ${quoteLiteral(type)}`).join(', ')}}`
  switch (first.format) {
    case 'parquet':
      return `SELECT ${declared.length === 0 ? '*' : selected.join(', ')} FROM read_parquet(${list}, union_by_name = true, ${partitioned})`
    case 'csv':
      return `SELECT * FROM read_csv(${list}, header = true, ${declared.length === 0 ? 'union_by_name = true' : `columns = ${given}`}, ${partitioned})`
    case 'json':
      return `SELECT * FROM read_json(${list}, ${declared.length === 0 ? 'union_by_name = true' : `columns = ${given}`}, ${partitioned})`
    default:
      return unreachable(first.format)
  }
}
