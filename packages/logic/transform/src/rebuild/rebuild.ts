import { type AnyDataset, batchesIn, leftOut, type Reading, sql } from '@sluice/author'
import { bugErrors, given, hashText, qualityErrors, type Receipt, type SinkReceipt } from '@sluice/core'
import { type Lake, lakeErrors, rebuildPrefix, type Standing } from '@sluice/lake'
import { definitionOf } from '../model/changed.ts'
import { type RunnableModel, runModel } from '../model/run.ts'
import { columnChanges } from './columns.ts'
import { type ColumnChange, planRebuild, type RebuildStep } from './plan.ts'

export interface RebuildOptions {
  readonly lake: Lake
  readonly models: readonly RunnableModel[]
  /** By id: all that the queries name. */
  readonly datasets: ReadonlyMap<string, AnyDataset>
  readonly timeZone: string
  readonly dryRun: boolean
  /** For the history of the table. */
  readonly by: string
  /** Whether there is time for one more batch. The first one is always made. */
  readonly goOn: () => boolean
  readonly signal?: AbortSignal
}

/** How far a rebuild is. */
export interface Rebuilt {
  readonly dataset: string
  readonly dryRun: boolean
  readonly columns: readonly ColumnChange[]
  readonly batches: number
  /** Batches of which the query is evaluated once more. */
  readonly byQuery: number
  /** Batches whose rows are converted, by the reason. */
  readonly byRows: readonly { readonly reason: string; readonly batches: number }[]
  /** Batches that are made. */
  readonly made: number
  /** The table has been replaced: nothing is left to do. */
  readonly finished: boolean
  /** Rows of the table: before, and once it is replaced. */
  readonly rowsBefore: number
  readonly rows: number | null
  /** Rows of the batches made that are in quarantine. */
  readonly quarantined: number
  /** The version that the replacement made. */
  readonly version: string | null
  /** Receipts whose counts are others than before. */
  readonly receipts: readonly SinkReceipt[]
}

/**
 * Makes a table of the lake anew from what its batches were made of, with the columns and the query that are declared now: each batch is
 * written to a table beside it, as a run writes it, and the new table takes the place of the old one in one commit. Until then, and where
 * it fails, the old one stays. A call does what there is time for; the next one goes on where it ended, also after a crash.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { lake, models, dryRun } = options
  const [model] = models
  if (model === undefined) throw lakeErrors.dataset_unknown('no model fills the dataset', { next: 'Name a dataset that a model fills.' })
  const { into } = model
  const standing = await lake.standing(into.name)
  const beside = besideOf(options, into)
  const made = await madeSoFar(lake, into, beside, standing)
  const steps = planRebuild({
    standing,
    models,
    held: await heldBy(options),
    made: new Map(made.map((each) => [each.batch, each.generation])),
    project: lake.project,
  })
  const before = { ...tellOf(options, standing, steps), quarantined: sum(made, ({ rowsQuarantined }) => rowsQuarantined) }
  if (dryRun) return before
  const receipts = new Map(made.map((each): [string, Receipt] => [each.batch, each]))
  const left = steps.filter(({ isMade }) => !isMade)
  for (const [at, step] of left.entries()) {
    if (at > 0 && !options.goOn()) break
    receipts.set(step.of.batch, await make(options, beside, step, standing))
  }
  const all = steps.map(({ of }) => receipts.get(of.batch)).filter((each) => each !== undefined)
  const state = { ...before, made: all.length, quarantined: sum(all, ({ rowsQuarantined }) => rowsQuarantined) }
  return all.length < steps.length ? state : await replace(options, { beside, standing, steps, receipts }, state)
}

/** Receipts of the new table. One that has batches which the old one has lost since is begun anew. */
async function madeSoFar(lake: Lake, into: AnyDataset, beside: AnyDataset, { batches }: Standing): Promise<readonly SinkReceipt[]> {
  const made = await lake.receipts(beside.name)
  const known = new Set(batches.map(({ batch }) => batch))
  if (made.every(({ batch }) => known.has(batch))) return made
  await lake.discardRebuilds(into.name)
  return []
}

/** The table that is made: another one for other columns, queries and words. */
function besideOf({ models }: RebuildOptions, into: AnyDataset): AnyDataset {
  const of = hashText(JSON.stringify([into.columns, into.key, into.facts, models.map(({ name, sql, refresh }) => [name, sql, refresh])]))
  const name = `${rebuildPrefix(into.name)}${of.slice(0, 12)}`
  return { ...into, name, id: `lake.${name}` }
}

/** By full id of the datasets that the models take by batch. */
export async function heldBy({ lake, models }: Pick<RebuildOptions, 'lake' | 'models'>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const ids = [...new Set(models.flatMap(({ sql }) => batchesIn(sql)))].map((id) => `${lake.project}:${id}`)
  return new Map(await Promise.all(ids.map(async (id) => [id, await lake.held(id)] as const)))
}

function tellOf({ lake, models, dryRun }: RebuildOptions, standing: Standing, steps: readonly RebuildStep[]): Rebuilt {
  const [model] = models
  const reasons = steps.flatMap((step) => (step.by === 'rows' ? [step.reason] : []))
  return {
    dataset: `${lake.project}:${model?.into.id ?? ''}`,
    dryRun,
    columns: columnChanges(standing.columns, model?.into.columns ?? {}),
    batches: steps.length,
    byQuery: steps.length - reasons.length,
    byRows: [...Map.groupBy(reasons, (reason) => reason)].map(([reason, each]) => ({ reason, batches: each.length })),
    made: steps.filter(({ isMade }) => isMade).length,
    finished: false,
    rowsBefore: standing.rows,
    rows: null,
    quarantined: 0,
    version: null,
    receipts: [],
  }
}

/** Writes one batch to the new table, as the run of its receipt would now. */
async function make(
  { lake, datasets, timeZone, signal }: RebuildOptions,
  beside: AnyDataset,
  step: RebuildStep,
  standing: Standing,
): Promise<Receipt> {
  const { receipt } = step.of
  const { into } = step.model
  const shown = step.model.refresh === 'full' ? receipt.newest : undefined
  const interval = shown ?? receipt.interval ?? { start: receipt.logicalTime, end: receipt.logicalTime }
  const refs = step.by === 'query' ? await refsOf(lake, receipt) : [{ ...refOf(receipt), version: String(standing.version) }]
  const reading: Reading = {
    datasets: new Map([...datasets, [into.id, into]]),
    interval,
    timeZone,
    batches: new Map([...Map.groupBy(refs, ({ dataset }) => dataset.slice(lake.project.length + 1))]),
  }
  const { batch, generation, project, pipeline, run, task, attempt, logicalTime, asOf } = receipt
  const write = { project, pipeline, run, task, attempt, batch, generation, logicalTime, interval, ...given({ asOf }), inputs: [] }
  const query = step.by === 'query' ? step.model.sql : sql`select * from ${batchOf(into)}`
  const made = await runModel({
    model: { ...step.model, into: beside, sql: query },
    write: { ...write, dataset: `${project}:${beside.id}` },
    reading,
    lake,
    ...given({ signal }),
  })
  if (step.by === 'query' || made.rowsIn === step.of.rows) return made
  throw bugErrors.unreachable(`${into.name}: batch ${batch} has ${step.of.rows} rows, and ${made.rowsIn} were read to be converted`, {
    facts: { dataset: into.id, batch, rows: step.of.rows, read: made.rowsIn },
    next: 'The table stays as it was. Please report this.',
  })
}

const batchOf = (into: AnyDataset) => ({ kind: 'sql' as const, parts: [{ kind: 'dataset' as const, id: into.id, rows: 'batch' as const }] })

const refOf = ({ dataset, batch, generation, version, rowsWritten: rows }: SinkReceipt) => ({
  store: 'lake' as const,
  dataset,
  batch,
  generation,
  version,
  rows,
})

/** Tables are read as they stand: the versions that the first run read may be gone. */
export async function refsOf(lake: Lake, { inputs }: SinkReceipt) {
  const tables = inputs.some(({ dataset }) => !dataset.includes(':lake.bronze.')) ? await lake.tables() : []
  const versions = new Map(tables.map(({ dataset, version }) => [dataset, version]))
  return inputs.map(({ dataset, batch }) => ({
    store: 'lake' as const,
    dataset,
    batch,
    generation: 0,
    version: versions.get(dataset) ?? '0',
    rows: 0,
  }))
}

interface Made {
  readonly beside: AnyDataset
  readonly standing: Standing
  readonly steps: readonly RebuildStep[]
  readonly receipts: ReadonlyMap<string, Receipt>
}

async function replace(
  { lake, models, by }: RebuildOptions,
  { beside, standing, steps, receipts }: Made,
  state: Rebuilt,
): Promise<Rebuilt> {
  const into = models[0]?.into ?? beside
  refuseTooMany(into, [...receipts.values()])
  const amended = steps.flatMap(({ of: { receipt } }) => {
    const now = receipts.get(receipt.batch)
    const counts = now && { rowsIn: now.rowsIn, rowsWritten: now.rowsWritten, rowsQuarantined: now.rowsQuarantined }
    const same = counts === undefined || Object.entries(counts).every(([name, n]) => receipt[name as keyof typeof counts] === n)
    return same ? [] : [{ ...receipt, ...counts, ...given({ adjusted: now?.adjusted }) }]
  })
  const definitions = Object.fromEntries(models.map((model) => [model.name, definitionOf(model)]))
  const { version, rows } = await lake.replaceBy(into.name, beside.name, {
    columns: into.columns,
    ifVersion: standing.version,
    converted: steps.filter((step) => step.by === 'rows').map(({ of }) => of.batch),
    batches: steps.map(({ of }) => of.batch),
    receipts: amended,
    told: { by, columns: state.columns, batches: state.batches, byQuery: state.byQuery, rowsBefore: standing.rows, definitions },
  })
  return { ...state, finished: true, rows, version, receipts: amended }
}

/** What a run of the dataset must not leave out, a rebuild must not either. @throws `quality.failed`; the table stays as it is */
function refuseTooMany(into: AnyDataset, receipts: readonly Receipt[]): void {
  const [rowsIn, rowsQuarantined] = [sum(receipts, (each) => each.rowsIn), sum(receipts, (each) => each.rowsQuarantined)]
  const out = leftOut({ rowsIn, rowsQuarantined }, into.facts.quarantine)
  if (out?.state !== 'fail') return
  throw qualityErrors.failed(`${into.name}: ${out.message}; the table stays as it was`, {
    facts: { dataset: into.id, rowsIn, rowsQuarantined },
    next: 'Correct the model or its columns and rebuild once more, or let the dataset allow more (quarantine: { fail }).',
  })
}

const sum = <T>(of: readonly T[], count: (each: T) => number): number => of.reduce((total, each) => total + count(each), 0)
