import { type AnyDataset, freshnessOf, type PipelineSpec, rowChecksOf, type TaskSpec, typeText } from '@sluice/author'
import { checkRule } from '@sluice/checks'
import { notFound } from '@sluice/core'
import type { Engine, LedgerEntry } from '@sluice/engine'
import type { DatasetDetail, DatasetStep, DatasetsApi } from '@sluice/serve'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

type Declared = Pick<ProjectDefinitions, 'name' | 'datasets' | 'keys' | 'specs'>

/** What projects declare of their datasets, and what the ledger says of their newest batches. */
export const datasetsApi = (
  definitions: () => Promise<readonly Declared[]>,
  engine: Pick<Engine, 'newestBatches'>,
  now: () => number = Date.now,
): DatasetsApi => ({
  all: async (project) => {
    const all = await definitions()
    const asked = all.filter(({ name }) => project === undefined || name === project)
    if (asked.length === 0 && project !== undefined) {
      throw notFound(`there is no project ${project}`, {
        facts: { project },
        next: `Known are: ${all.map(({ name }) => name).join(', ')}.`,
      })
    }
    const ids = asked.flatMap(({ name, datasets }) => datasets.map(({ id }) => `${name}:${id}`))
    const newest = new Map((await engine.newestBatches(ids)).map((entry) => [entry.dataset, entry]))
    const at = now()
    return asked.flatMap((each) => each.datasets.map((dataset) => detailOf(each, dataset, newest, at))).sort(inOrder)
  },
})

function detailOf(
  { name: project, keys, specs }: Declared,
  { id, on: store, name, columns, key, facts }: AnyDataset,
  newest: ReadonlyMap<string, LedgerEntry>,
  now: number,
): DatasetDetail {
  const entry = newest.get(`${project}:${id}`)
  const references = [...facts.references, ...keys.filter(({ from }) => from === id)]
  return {
    dataset: `${project}:${id}`,
    project,
    store,
    name,
    description: facts.description ?? null,
    owner: facts.owner ?? null,
    tags: facts.tags ?? [],
    keep: facts.keep ?? null,
    fresh: facts.fresh ?? null,
    freshness: freshnessOf(facts.fresh, entry?.writtenAt ?? null, now),
    newestBatch: entry === undefined ? null : batchOf(entry),
    holds: holdsOf(facts),
    columns: Object.entries(columns).map(([column, { type, notNull, personal, filled, oneOf, comment }]) => ({
      name: column,
      type: typeText(type),
      notNull: notNull || key.includes(column),
      personal,
      filled,
      oneOf: oneOf ?? null,
      comment: comment ?? null,
    })),
    key,
    order: facts.order ?? null,
    checks: rowChecksOf({ columns, key, facts })
      .map(checkRule)
      .map(({ id, message }) => ({ id, message })),
    references: references.map(({ columns, to, on }) => ({ columns, to, on })),
    filledBy: stepsThat(specs, ({ fills }) => fills.includes(id)),
    readBy: stepsThat(specs, ({ reads }) => reads.includes(id)),
  }
}

const batchOf = ({ batch, generation, writtenAt, rowsWritten, rowsQuarantined, pipeline, task, run }: LedgerEntry) => ({
  batch,
  generation,
  writtenAt,
  rowsWritten,
  rowsQuarantined,
  pipeline,
  task,
  run,
})

function holdsOf({ bodies, files }: AnyDataset['facts']): string {
  if (bodies !== undefined) return bodies.format === 'raw' ? 'bodies, a row each' : 'bodies of JSON'
  return files === undefined ? 'rows' : `files (${files})`
}

const stepsThat = (specs: readonly PipelineSpec[], test: (task: TaskSpec) => boolean): readonly DatasetStep[] =>
  specs.flatMap(({ name: pipeline, tasks }) => tasks.filter(test).map(({ name: step, kind }) => ({ pipeline, step, kind })))

const inOrder = (a: DatasetDetail, b: DatasetDetail): number => (a.dataset < b.dataset ? -1 : 1)
