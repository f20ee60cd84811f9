import { batchesIn, datasetOf, datasetsIn, inputsOf, type Model, type Reading, readAsTheyStand } from '@sluice/author'
import { type BatchWrite, given, type Interval, type Receipt, unreachable } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'
import { literalSql, type PartitionQuery, renderSql, valuesType, type Warehouse } from '@sluice/warehouse'
import { definitionOf, whatChanged } from './changed.ts'
import { refuseClock } from './clock-words.ts'
import { refuseExpired } from './expired.ts'
import { partitionOf } from './parts.ts'

export interface RunWarehouseModelOptions {
  readonly model: Model
  readonly write: BatchWrite
  readonly reading: Reading
  readonly warehouse: Pick<Warehouse, 'loadBatch' | 'refreshView' | 'receipt' | 'deletedBefore'> & Partial<Pick<Warehouse, 'definition'>>
  /** Told, before a row is read, that the model has changed since its last batch. It may throw. */
  readonly onChanged?: (changed: string) => void
  readonly signal?: AbortSignal
}

/**
 * Brings a dataset of the warehouse up to date for one batch, in one transaction with its receipt: written already -> the first receipt;
 * else the query is evaluated once, broken rows go to `sluice_quarantine`, and the others are added (`batch`), inserted or updated (`key`),
 * or replace all (`full`). The table comes from a migration; a view is made here.
 * @throws `definition.invalid` for a query that does not give the declared columns, reads the clock or does not run; `quality.failed`
 * (permanent) when every row broke a rule: what the table held before stays; `warehouse.expired` when a source keeps only a part of what
 * the run reads.
 */
export async function runWarehouseModel({
  model,
  write,
  reading,
  warehouse,
  onChanged,
  signal,
}: RunWarehouseModelOptions): Promise<Receipt> {
  refuseClock(model.name, model.sql)
  if (onChanged !== undefined && (await warehouse.receipt(write.batch, write.generation)) === undefined) {
    const changed = whatChanged(model, await warehouse.definition?.(write.dataset, write.task))
    if (changed !== undefined) onChanged(changed)
  }
  await refuseExpired({ model, write, reading, warehouse })
  const reads = readAsTheyStand(model.sql).map((id) => `${write.project}:${id}`)
  const hooks = hooksOf(model, reading)
  if (model.refresh === 'view') {
    const made = { ...write, interval: reading.interval, definition: definitionOf(model), inputs: [] }
    return await warehouse.refreshView({
      write: made,
      view: model.into,
      query: literalSql(model.sql, reading),
      reads,
      hooks,
      ...given({ signal }),
    })
  }
  if (model.refresh === 'partition') {
    const made = { ...write, interval: reading.interval, definition: definitionOf(model), inputs: inputsOf(model.sql, reading) }
    return await warehouse.loadBatch({
      write: made,
      table: model.into,
      mode: 'partition',
      reads,
      source: partitionQuery(model, reading),
      hooks,
      ...given({ signal }),
    })
  }
  return await warehouse.loadBatch({
    write: { ...write, interval: reading.interval, definition: definitionOf(model), inputs: inputsOf(model.sql, reading) },
    table: model.into,
    mode: modeOf(model),
    reads,
    hooks,
    source:
      batchesIn(model.sql).length > 0
        ? renderSql(model.sql, reading)
        : { at: (interval: Interval) => renderSql(model.sql, { ...reading, interval }) },
    ...given({ signal }),
  })
}

const hooksOf = ({ hooks: { before, after } }: Model, reading: Reading) => ({
  before: before.map((each) => renderSql(each, reading)),
  after: after.map((each) => renderSql(each, reading)),
})

/** Its rows alone that belong to the partitions: PostgreSQL looks for them in what the query reads, where it groups by their column. */
function partitionQuery({ into, sql }: Model, reading: Reading): PartitionQuery {
  const column = partitionOf(into)
  const { text, params } = renderSql(sql, reading)
  const type = valuesType(into.columns[column]?.type ?? { kind: 'text' })
  return {
    sources: datasetsIn(sql).map((id) => {
      const { name, columns } = datasetOf(reading, id)
      return { table: name, column: columns[column] === undefined ? undefined : column }
    }),
    of: (touched) =>
      touched === 'all'
        ? { text, params }
        : {
            text: `select * from (${text}\n) as parts where parts.${quoteIdentifier(column)}::${type} = any($${params.length + 1}::${type}[])`,
            params: [...params, touched],
          },
  }
}

/** The rows of a view are looked at as those of a table that they would replace. */
export function modeOf({ refresh }: Pick<Model, 'refresh'>): 'append' | 'upsert' | 'scd2' | 'full' {
  switch (refresh) {
    case 'batch':
      return 'append'
    case 'key':
      return 'upsert'
    case 'scd2':
      return 'scd2'
    case 'full':
    case 'partition':
    case 'view':
      return 'full'
    default:
      return unreachable(refresh)
  }
}
