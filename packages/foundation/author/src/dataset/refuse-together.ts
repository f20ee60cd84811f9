import type { SluiceError } from '@sluice/core'
import { refused } from '../base/faults.ts'
import type { Column, Columns } from '../columns/column.ts'
import { type AnyDataset, exportFormats } from './any-dataset.ts'
import { refuseBadPartition } from './partition.ts'
import { refuseBadRanges } from './ranges.ts'
import type { Within } from './row-checks.ts'
import { refuseBadVersions } from './versions.ts'
import { refuseBadView } from './view.ts'

type Declared = Omit<AnyDataset, 'batch' | 'latest'>
export type Refuse = (what: string, next: string) => SluiceError

/** What the types say of the members together. */
export function refuseOddTogether({ on, name, columns, key, facts }: Declared, refuse: Refuse): void {
  const { bodies, files, keep, superseded, order, indexes, references, checks, versions } = facts
  const layer = name.split('.')[0]
  if (bodies !== undefined && (on !== 'lake' || layer !== 'bronze'))
    throw refuse('bodies lie in the bronze layer of the lake', 'Declare columns.')
  if (files !== undefined && (on !== 'lake' || layer !== 'gold'))
    throw refuse('files lie in the gold layer of the lake', 'Declare columns.')
  if (files !== undefined && !files.includes('/') && !(exportFormats as readonly string[]).includes(files)) {
    throw refuse(`files are "${files}"`, `Write ${exportFormats.join(', ')}, or a media type such as text/plain.`)
  }
  if (on === 'lake' && indexes.length > 0)
    throw refuse('a lake table has no indexes', 'Leave them out: DuckDB reads the statistics of its files.')
  if (on === 'lake' && references.length > 0) throw refuse('a lake table has no foreign keys', 'Declare them where it is loaded.')
  if ((bodies ?? files) !== undefined && (key.length > 0 || checks.length > 0 || versions !== undefined)) {
    throw refuse('key, checks and versions are of a table', 'Declare them where a model fills one.')
  }
  if (facts.quarantine?.key !== undefined && key.length === 0)
    throw refuse('its quarantine allows none of the key, and it declares no key', 'Declare its key.')
  refuseBadVersions({ columns, key, facts }, refuse)
  refuseBadPartition({ columns, key, facts }, refuse)
  refuseBadRanges({ on, columns, key, facts }, refuse)
  refuseBadView({ on, columns, key, facts }, refuse)
  const twice = key.find((column, at) => key.indexOf(column) !== at)
  if (twice !== undefined) throw refuse(`its key names "${twice}" twice`, 'Name it once.')
  if (superseded !== undefined && key.length === 0)
    throw refuse('superseded goes by a key, and it declares none', 'Declare key, or take superseded away.')
  if (facts.deletionVectors !== undefined && (on !== 'lake' || key.length === 0))
    throw refuse('deletion vectors are of a table of the lake with a key', 'Take deletionVectors away, or declare the key.')
  if (keep !== undefined && files !== undefined)
    throw refuse('exports are kept by number', 'Write lake: { gold: { exports } } in the project.')
  if (keep === undefined || bodies !== undefined) return
  if (order === undefined) throw refuse('keep goes by the order column, and it declares no order', 'Declare order.')
  if (!ofTime(columns, order))
    throw refuse(`keep goes by time, and ${order} is neither a timestamp nor a date`, 'Order it by one of those.')
}

const ofTime = (columns: Columns, order: string | undefined): boolean =>
  order !== undefined && ['timestamp', 'date'].includes(columns[order]?.type.kind ?? '')

/** Of the platform, which tells by it what wrote a row, and of PostgreSQL. */
const ofEachTable: ReadonlySet<string> = new Set(['_load_id', 'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/** Names that a store would take for others. */
export function refuseOddNames({ on, name, columns, facts }: Declared, refuse: Refuse): void {
  const names = Object.keys(columns)
  if (on === 'warehouse') {
    const long = [...name.split('.'), ...names].find((each) => new TextEncoder().encode(each).length > 63)
    if (long !== undefined) throw refuse(`PostgreSQL would cut the name "${long}" after 63 bytes`, 'Give it a shorter name.')
    const own = facts.as === 'view' ? undefined : names.find((each) => ofEachTable.has(each))
    if (own !== undefined) throw refuse(`each table of the warehouse has a column "${own}" of its own`, 'Give the column another name.')
    return
  }
  const lower = names.map((each) => each.toLowerCase())
  const at = lower.findIndex((each, index) => lower.indexOf(each) !== index)
  if (at < 0) return
  throw refuse(`"${names[lower.indexOf(lower[at] ?? '')]}" and "${names[at]}" are one name to Delta Lake and DuckDB`, 'Rename one of them.')
}

/** Rows by their age need an order column that is a time. @throws `definition.invalid` */
export function refuseOtherOrder({ id, columns, facts }: Declared, asking: string): void {
  if (ofTime(columns, facts.order)) return
  throw refused(`dataset ${id}`, `${asking} asks how old a row is, and it is not ordered by a timestamp or a date`, 'Declare order.')
}

/** Bounds that are not values of the column, or leave none between them. */
export function refuseOddBounds({ column, min, max }: Within, of: Column | undefined, refuse: Refuse): void {
  const kind = of?.type.kind
  const form =
    kind === 'date' || kind === 'timestamp' ? /^\s*\d{4}-\d\d-\d\d/ : ['text', 'boolean', 'json'].includes(kind ?? '') ? undefined : number
  if (form === undefined) throw refuse(`within goes by order, and ${column} is ${kind}`, 'List its values with oneOf, or check it in SQL.')
  const odd = [min, max].find((bound) => bound !== null && !form.test(bound))
  if (typeof odd === 'string')
    throw refuse(`within('${column}') names ${JSON.stringify(odd)}, which is not a value of ${kind}`, 'Correct the bound.')
  if (form === number && min !== null && max !== null && Number(min) > Number(max)) {
    throw refuse(`within('${column}') lets nothing pass: ${min} is more than ${max}`, 'Exchange the bounds.')
  }
}

const number = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*$/
