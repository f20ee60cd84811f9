import { type AnyDataset, batchesIn, type Reading } from '@sluice/author'
import type { DifferenceRow } from '@sluice/checks'
import { datasetIn, formatDatasetId, given } from '@sluice/core'
import { differenceOf, livingRefs, renderSql, type StandingLoad, standingLoads, type Warehouse, warehouseErrors } from '@sluice/warehouse'
import { refuseClock } from '../model/clock-words.ts'
import { refuseExpired } from '../model/expired.ts'
import type { RunnableModel } from '../model/run.ts'
import { modeOf } from '../model/run-on-warehouse.ts'
import { type DiffAsked, type DiffExample, type ModelDiff, notCompared, toldBy } from './result.ts'

export interface DiffInWarehouseOptions extends DiffAsked {
  readonly model: RunnableModel
  readonly warehouse: Pick<Warehouse, 'pool' | 'project' | 'receipt' | 'deletedBefore'>
  /** By id: all that the query names. */
  readonly datasets: ReadonlyMap<string, AnyDataset>
  readonly timeZone: string
  readonly signal?: AbortSignal
}

/**
 * What the model, as it is declared now, would make of the loads that stand in its table, against the rows that stand; load by load, each
 * in a read-only transaction.
 */
export async function diffInWarehouse(options: DiffInWarehouseOptions): Promise<ModelDiff> {
  const { model, warehouse, examples, signal, percent } = options
  const { into, sql } = model
  refuseClock(model.name, sql)
  const mode = modeOf(model)
  if (model.refresh === 'view') return notCompared('it is a view: its next run makes it anew where its SQL has changed')
  const own = await standingLoads(warehouse.pool, into, formatDatasetId(datasetIn(warehouse.project, 'warehouse', into.name)), model.name)
  if (own.length === 0) return notCompared('nothing that this model has loaded stands in the table: all that it gives would be added')
  if (sql.parts.some((part) => part.kind === 'dataset' && part.id === into.id) && mode !== 'full')
    return notCompared('its query reads the table itself')
  const newest = mode === 'full' || batchesIn(sql).length === 0
  const chosen = newest ? own.slice(-1) : options.batches === undefined ? own : own.slice(-options.batches)
  const told: Omit<ModelDiff, 'why' | 'left' | 'batches' | 'columns' | 'by'>[] = []
  const reasons: string[] = []
  for (const load of chosen) {
    const reading = await readingOf(options, load)
    const reason = typeof reading === 'string' ? reading : await expired(options, load, reading)
    if (typeof reading === 'string' || reason !== undefined) {
      reasons.push(reason ?? '')
      continue
    }
    const query = renderSql(sql, reading)
    const found = await differenceOf(warehouse.pool, { table: into, mode, load, query, examples, ...given({ percent, signal }) })
    told.push({
      ...toldBy(found.rows as readonly DifferenceRow[], found.cells),
      quarantined: { would: found.quarantined, stands: load.rowsQuarantined },
    })
  }
  const batches = { compared: told.length, of: own.length }
  const left = [...Map.groupBy(reasons, (reason) => reason)].map(([reason, each]) => ({ reason, batches: each.length }))
  const [first] = told
  if (first === undefined) return notCompared(left[0]?.reason ?? 'nothing is chosen', { batches, left })
  return {
    why: null,
    batches,
    left,
    columns: [],
    by: into.key,
    ...told.slice(1).reduce((all, each) => together(all, each, examples), first),
  }
}

/** What the load was made of, as it stands now; or why that is not known. */
async function readingOf({ model, warehouse, datasets, timeZone }: DiffInWarehouseOptions, load: StandingLoad): Promise<Reading | string> {
  const { project } = warehouse
  const refs = await livingRefs(warehouse.pool, load.inputs)
  for (const id of batchesIn(model.sql)) {
    const inputs = load.inputs.filter(({ dataset }) => dataset === `${project}:${id}`)
    if (inputs.length === 0) return `its receipt names no batch of ${id}`
    if (inputs.some(({ batch }) => !refs.some((ref) => ref.batch === batch))) return `batches of ${id} that it was made of are gone`
  }
  return {
    datasets: new Map([...datasets, [model.into.id, model.into]]),
    interval: { start: load.start, end: load.end },
    timeZone,
    batches: Map.groupBy(refs, ({ dataset }) => dataset.slice(project.length + 1)),
  }
}

async function expired({ model, warehouse }: DiffInWarehouseOptions, load: StandingLoad, reading: Reading): Promise<string | undefined> {
  const write = { project: warehouse.project, logicalTime: load.end, batch: '', generation: 0 }
  try {
    await refuseExpired({ model, write, reading, warehouse })
    return undefined
  } catch (thrown) {
    if (warehouseErrors.expired.is(thrown)) return 'its sources keep no longer all that it was made of'
    throw thrown
  }
}

type Told = Pick<ModelDiff, 'rows' | 'quarantined' | 'changed' | 'cells' | 'examples'>

/** Loads are compared one after the other. No row of one is a row of another; a version counts with every load that changes it. */
function together(a: Told, b: Told, most: number): Told {
  const sum = <T extends Readonly<Record<string, number>>>(x: T, y: T): T =>
    Object.fromEntries(Object.entries(x).map(([name, n]) => [name, n + (y[name] ?? 0)])) as T
  const counts = new Map(a.changed.map(({ column, rows }) => [column, rows]))
  for (const { column, rows } of b.changed) counts.set(column, (counts.get(column) ?? 0) + rows)
  const kept = new Map<DiffExample['kind'], number>()
  return {
    cells: a.cells,
    rows: sum(a.rows, b.rows),
    quarantined: sum(a.quarantined, b.quarantined),
    changed: a.cells.flatMap((column) => (counts.has(column) ? [{ column, rows: counts.get(column) ?? 0 }] : [])),
    examples: [...a.examples, ...b.examples].filter(({ kind }) => {
      const n = (kept.get(kind) ?? 0) + 1
      kept.set(kind, n)
      return n <= most
    }),
  }
}
