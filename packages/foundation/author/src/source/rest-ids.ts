import { refused } from '../base/faults.ts'
import { aDataset, aStatement, aText, refuseOddOptions, refuseOther, refuseOtherList, shown } from '../base/shape.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import { datasetsIn, type Sql } from '../sql/parts.ts'
import { quotedName } from '../sql/quoted-name.ts'
import { sql } from '../statement/sql.ts'
import { whole } from './rest-pages.ts'

interface Asked {
  /** How many ids one request asks for, where `{ids}` stands. 1 unless given. */
  readonly atOnce?: number
  /** Between two ids. A comma unless given. */
  readonly separator?: string
  /**
   * HTTP statuses that say that an id of the request is at fault: it is found by halves, told, and left out. 400, 404, 410 and 422 unless
   * given.
   */
  readonly spoiledBy?: readonly number[]
  /** The field of a row that holds its id: ids that no row answers are told as missing. */
  readonly field?: string
  /** The share of ids, 0 to 1, above which those that failed fail the pull. 0.5 unless given. */
  readonly fail?: number
}

/** Ids by whom a source is asked: given, of a column of a dataset, or chosen by a statement, whose first column they are. */
export type RestIds<D extends AnyDataset = AnyDataset> = Asked &
  (
    | { readonly list: readonly (string | number)[] }
    | { readonly from: D; readonly column: keyof D['columns'] & string }
    | { readonly reads: readonly AnyDataset[]; readonly query: Sql }
  )

/** The same, decided: ids are given, or a statement gives them. */
export interface PlannedIds extends Required<Omit<Asked, 'field'>> {
  readonly field: string | undefined
  readonly of: { readonly list: readonly string[] } | { readonly query: Sql }
  readonly reads: readonly AnyDataset[]
}

const common = ['atOnce', 'separator', 'spoiledBy', 'field', 'fail']

/** @throws `definition.invalid` */
export function plannedIds(where: string, ids: unknown): PlannedIds {
  refuseOddOptions(`${where}, ids`, ids, ['list', 'from', 'column', 'reads', 'query', ...common])
  const given = ids as Asked & Readonly<Partial<Record<string, unknown>>>
  const { atOnce = 1, separator = ',', spoiledBy = [400, 404, 410, 422], field, fail = 0.5 } = given
  whole(where, 'ids.atOnce', atOnce, 1)
  refuseOther(where, 'ids.separator', separator, aText)
  if (field !== undefined) refuseOther(where, 'ids.field', field, aText)
  refuseOtherList(where, 'ids.spoiledBy', spoiledBy, aStatus)
  if (typeof fail !== 'number' || !(fail >= 0 && fail <= 1))
    throw refused(where, `ids.fail is ${shown(fail)}`, 'Write a share from 0 to 1.')
  return { atOnce, separator, spoiledBy, field, fail, ...choiceOf(where, given) }
}

/** One that may stand for no rows: of no content, or of a refusal. */
export const aStatusOfNothing = {
  is: (value: unknown) => value === 204 || value === 205 || aStatus.is(value),
  called: 'an HTTP status: 204, 205, or one from 400 to 599',
}

export const aStatus = {
  is: (value: unknown) => Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599,
  called: 'an HTTP status from 400 to 599',
}

function choiceOf(where: string, given: Readonly<Partial<Record<string, unknown>>>): Pick<PlannedIds, 'of' | 'reads'> {
  const ways = [given.list, given.from, given.query].filter((way) => way !== undefined).length
  if (ways !== 1) {
    throw refused(where, 'ids must come from one of list, from and query', "Write ids: { from: dataset, column: 'id' }.")
  }
  if (given.list !== undefined) {
    refuseOtherList(where, 'ids.list', given.list, {
      is: (value) => (typeof value === 'string' && value !== '') || Number.isSafeInteger(value),
      called: 'text or a whole number',
    })
    return { of: { list: [...new Set((given.list as readonly unknown[]).map(String))] }, reads: [] }
  }
  if (given.from !== undefined) return ofColumn(where, given.from, given.column)
  refuseOther(where, 'ids.query', given.query, aStatement)
  refuseOtherList(where, 'ids.reads', given.reads ?? [], aDataset)
  const query = given.query as Sql
  const reads = (given.reads ?? []) as readonly AnyDataset[]
  const stranger = datasetsIn(query).find((id) => !reads.some((each) => each.id === id))
  if (stranger !== undefined) throw refused(where, `ids.query names ${stranger}, which ids.reads does not`, 'Add the dataset to ids.reads.')
  for (const each of reads) inLake(where, each)
  return { of: { query }, reads }
}

function ofColumn(where: string, from: unknown, column: unknown): Pick<PlannedIds, 'of' | 'reads'> {
  refuseOther(where, 'ids.from', from, aDataset)
  const dataset = from as AnyDataset
  inLake(where, dataset)
  if (typeof column !== 'string' || !Object.hasOwn(dataset.columns, column)) {
    throw refused(where, `${dataset.id} has no column ${shown(column)}`, `Its columns are ${Object.keys(dataset.columns).join(', ')}.`)
  }
  const name: Sql<never> = { kind: 'sql', parts: [{ kind: 'text', text: quotedName(column) }] }
  return { of: { query: sql`select distinct ${name} as id from ${dataset} where ${name} is not null order by id` }, reads: [dataset] }
}

function inLake(where: string, { id, on }: AnyDataset): void {
  if (on !== 'lake')
    throw refused(where, `${id} is not in the lake, where ids are read`, 'Name the dataset of the lake that it is loaded from.')
}
