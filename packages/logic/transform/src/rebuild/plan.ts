import { batchesIn, datasetsIn } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'
import type { Standing, StandingBatch } from '@sluice/lake'
import type { RunnableModel } from '../model/run.ts'

export interface RebuildFacts {
  readonly standing: Standing
  /** Those that fill the dataset. */
  readonly models: readonly RunnableModel[]
  /** By full id of a dataset: batches that can be read again. */
  readonly held: ReadonlyMap<string, ReadonlySet<string>>
  /** Of the table that is made beside the old one: generations by batch. */
  readonly made: ReadonlyMap<string, number>
  readonly project: string
}

/**
 * One batch of the new table. `query`: the model is evaluated once more over what it was made of. `rows`: the rows that are there are
 * converted, for the reason that is told.
 */
export type RebuildStep = { readonly of: StandingBatch; readonly model: RunnableModel; readonly isMade: boolean } & (
  | { readonly by: 'query' }
  | { readonly by: 'rows'; readonly reason: string }
)

export interface ColumnChange {
  readonly column: string
  /** `null` for a column that is new. */
  readonly from: string | null
  /** `null` for one that is declared no more. */
  readonly to: string | null
}

/**
 * What a rebuild does, batch by batch in the order in which they came; a dry run is this and nothing more. Of a dataset that is refreshed
 * as a whole the newest write alone stands in the table. @throws `definition.invalid` where rows would be lost
 */
export function planRebuild(facts: RebuildFacts): readonly RebuildStep[] {
  const { standing, models, made } = facts
  const [first] = models
  if (first === undefined) return []
  if (standing.strangers > 0) throw ofNoBatch(first, standing.strangers)
  return standingFor(first, standing).map((of) => {
    const model = wholeOf(models.find(({ name }) => name === of.receipt.task))
    const isMade = (made.get(of.batch) ?? -1) >= of.receipt.generation
    const reason = model === undefined ? `the step ${of.receipt.task} is not declared any more` : whyNotByQuery(facts, model, of)
    if (reason !== undefined && (model ?? first).refresh === 'scd2') throw ofVersions(model ?? first, of, reason)
    return reason === undefined
      ? { of, model: model ?? first, isMade, by: 'query' }
      : { of, model: model ?? first, isMade, by: 'rows', reason }
  })
}

/** Why the query cannot be evaluated once more over what a batch was made of. `undefined` where it can. */
/** Of partitions that are made anew one after the other, the query of the newest write gives them all. */
const standingFor = ({ refresh }: RunnableModel, { batches }: Standing): readonly StandingBatch[] =>
  refresh === 'partition' ? batches.slice(-1) : batches

const wholeOf = (model: RunnableModel | undefined): RunnableModel | undefined =>
  model?.refresh === 'partition' ? { ...model, refresh: 'full' } : model

export function whyNotByQuery(
  { held, project }: Pick<RebuildFacts, 'held' | 'project'>,
  { sql, into }: RunnableModel,
  { receipt }: StandingBatch,
): string | undefined {
  if (datasetsIn(sql).includes(into.id)) return 'its query reads the table itself'
  if (receipt.interval === undefined) return 'its receipt does not tell its data interval'
  for (const id of batchesIn(sql)) {
    const inputs = receipt.inputs.filter(({ dataset }) => dataset === `${project}:${id}`)
    if (inputs.length === 0 && receipt.rowsIn > 0) return `its receipt names no batch of ${id}`
    if (inputs.some(({ dataset, batch }) => held.get(dataset)?.has(batch) !== true))
      return `batches of ${id} that it was made of are kept no longer`
  }
  return undefined
}

const ofVersions = ({ into }: RunnableModel, { batch }: StandingBatch, reason: string): SluiceError =>
  definitionErrors.invalid(
    `${into.name} cannot be made anew: of batch ${batch} ${reason}, and its versions do not say what it had brought`,
    {
      facts: { dataset: into.id, batch },
      next: 'Leave the table as it is. To begin anew, declare a dataset under another name.',
    },
  )

const ofNoBatch = ({ into }: RunnableModel, rows: number): SluiceError =>
  definitionErrors.invalid(`${into.name} has ${rows} rows that no batch has brought, and a rebuild would lose them`, {
    facts: { dataset: into.id, rows },
    next: `Look at them: sluice lake sql PROJECT "from ${into.name} where _batch is null". A restored export is copied into a dataset of its own first.`,
  })
