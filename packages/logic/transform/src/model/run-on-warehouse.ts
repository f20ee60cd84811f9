import { type Model, queryContext, tableOfModel } from '@sluice/author'
import { type BatchWrite, type Interval, inputOf, type Receipt, unreachable } from '@sluice/core'
import { type Refs, refOf, stepsOf } from '@sluice/lake'
import { renderSql, type Warehouse } from '@sluice/warehouse'
import { refuseClock } from './clock-words.ts'

export interface RunWarehouseModelOptions {
  readonly model: Model
  readonly write: BatchWrite
  /** What each step the query refers to wrote in this run, by the step's name. */
  readonly refs: Refs
  readonly interval: Interval
  readonly warehouse: Pick<Warehouse, 'loadBatch'>
  readonly signal?: AbortSignal
}

/**
 * Brings a model on the warehouse up to date for one batch, in one transaction with its receipt: written already -> the first receipt; else the query is
 * evaluated once, broken rows go to `sluice_quarantine`, and the others are added (`by: 'batch'`), inserted or updated (`by: 'key'`), or replace all
 * (`by: 'full'`). The table comes from a migration.
 * @throws `definition.invalid` for a query that does not give the declared columns, reads the clock or does not run; `quality.failed` (permanent)
 * when every row broke a rule: what the table held before stays.
 */
export async function runWarehouseModel({ model, write, refs, interval, warehouse, signal }: RunWarehouseModelOptions): Promise<Receipt> {
  const sql = model.query(queryContext(interval))
  refuseClock(model.name, sql.parts.map((part) => (part.kind === 'text' ? part.text : '?')).join(''))
  const read = stepsOf(sql).map((name) => refOf(refs, name))
  return await warehouse.loadBatch({
    write: { ...write, inputs: read.map(inputOf) },
    table: tableOfModel(model),
    mode: modeOf(model),
    columns: Object.keys(model.columns),
    // The version of a dataset in the warehouse is the id of the load that wrote it.
    source: renderSql(sql, read.length === 0 ? {} : { loadIds: read.map(({ version }) => Number(version)) }),
    checks: model.checks,
    ...(signal === undefined ? {} : { signal }),
  })
}

function modeOf({ refresh }: Model): 'append' | 'upsert' | 'full' {
  switch (refresh.by) {
    case 'batch':
      return 'append'
    case 'key':
      return 'upsert'
    case 'full':
      return 'full'
    default:
      return unreachable(refresh)
  }
}
