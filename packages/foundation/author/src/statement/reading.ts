import { type DatasetRef, definitionErrors, type InputVersion, type Interval, inputOf } from '@sluice/core'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import { datasetsIn, type Sql } from '../sql/parts.ts'

/** What the references of a statement mean where it runs. Those who render statements need nothing else. */
export interface Reading {
  /** By id: all that the statement may name. */
  readonly datasets: ReadonlyMap<string, AnyDataset>
  /** Of the run. Its end is the logical time that `latest` and `since` look back from. */
  readonly interval: Interval
  /** IANA zone in which days are meant. */
  readonly timeZone: string
  /**
   * By id: the batches at hand of datasets read by batch, of the others those that this run wrote. They are the inputs of what is made of
   * them.
   */
  readonly batches: ReadonlyMap<string, readonly DatasetRef[]>
  /** By id: of datasets that are read as a whole, the version, and the partitions alone that the statement is to read. */
  readonly parts?: ReadonlyMap<string, PartRead>
  /** The batch that is made of the statement, where the rows of its earlier generation do not count as read. */
  readonly writing?: string
}

export interface PartRead {
  /** Of a table of the lake. */
  readonly version?: number
  readonly column?: string
  /** Texts of its values. */
  readonly values?: readonly string[]
}

/**
 * A dataset that a statement names. @throws `definition.invalid` when its step does not declare it: types do not see statements of loose
 * types.
 */
export function datasetOf({ datasets }: Pick<Reading, 'datasets'>, id: string): AnyDataset {
  const found = datasets.get(id)
  if (found !== undefined) return found
  throw definitionErrors.invalid(`the statement names ${id}, which its step does not say that it reads`, {
    facts: { dataset: id, known: [...datasets.keys()] },
    next: `Add ${id} to reads of the step, or to from of the model.`,
  })
}

/** What a statement was made of, for the receipt. */
export const inputsOf = (sql: Sql, { batches }: Pick<Reading, 'batches'>): readonly InputVersion[] =>
  datasetsIn(sql).flatMap((id) => (batches.get(id) ?? []).map(inputOf))
