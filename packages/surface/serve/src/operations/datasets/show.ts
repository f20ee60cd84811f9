import { formatDuration, near, notFound, requestErrors } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { fields, table } from '../../format/table.ts'
import { count, moment, relative, stateFirst } from '../../format/words.ts'
import { datasetDetail } from '../../schemas/datasets.ts'
import { inProject } from '../../schemas/values.ts'
import type { DatasetColumn, DatasetDetail, DatasetStep } from '../../services.ts'

export const showDataset = endpoint({
  name: 'datasets.show',
  method: 'get',
  path: '/datasets/{dataset}',
  right: 'viewer',
  scope: async ({ datasets }, { params, query: { project } }) => named(params.dataset, await datasets.all(project)).project,
  summary: 'A dataset as its project declares it: columns, rules, who fills and reads it, its newest batch, and whether it is late',
  params: z.object({ dataset: z.string().describe('silver.NAME, warehouse.SCHEMA.NAME, or the full id') }),
  query: z.object(inProject),
  answer: datasetDetail,
  handle: async ({ datasets }, { params, query: { project } }) => named(params.dataset, await datasets.all(project)),
  terminal: {
    args: [{ field: 'dataset', name: 'declared' }],
    examples: ['sluice datasets show silver.assets', 'sluice datasets show crypto-coincap:warehouse.public.crypto_temps_reel --json'],
    show: (dataset, { now }) => datasetText(dataset, now),
  },
})

/**
 * By its name, its id, or its full id. @throws `not_found` with the names it may stand for, `request.invalid` where it stands for several
 */
function named(asked: string, all: readonly DatasetDetail[]): DatasetDetail {
  const [found, ...others] = all.filter(({ dataset, store, name }) => [dataset, `${store}.${name}`, name].includes(asked))
  if (found === undefined) {
    const known = all.map(({ name }) => name)
    const meant = near(asked, known)
    throw notFound(`there is no dataset ${asked}`, {
      facts: { dataset: asked, near: meant },
      next: meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : 'See what projects declare with: sluice datasets list.',
    })
  }
  if (others.length > 0) {
    const ids = [found, ...others].map(({ dataset }) => dataset)
    throw requestErrors.invalid(`${ids.length} datasets are named ${asked}`, {
      facts: { datasets: ids },
      next: `Write one of ${ids.join(', ')}.`,
    })
  }
  return found
}

const datasetText = (dataset: DatasetDetail, now: number): string =>
  [
    fields([
      ['dataset', dataset.dataset],
      ['description', dataset.description ?? undefined],
      ['owner', dataset.owner ?? undefined],
      ['tags', dataset.tags.join(', ')],
      ['holds', dataset.holds],
      ['key', dataset.key.join(', ')],
      ['order', dataset.order ?? undefined],
      ['references', dataset.references.map(({ columns, to, on }) => `${columns.join(', ')} to ${to} (${on.join(', ')})`).join('; ')],
      ['keep', dataset.keep ?? undefined],
      ['fresh', dataset.fresh ?? undefined],
      ['state', stateText(dataset, now), stateFirst],
      ['newest batch', batchText(dataset, now)],
    ]),
    ...(dataset.columns.length === 0 ? [] : ['', columnsText(dataset.columns)]),
    ...(dataset.checks.length === 0
      ? []
      : [
          '',
          table(
            dataset.checks,
            [
              { title: 'CHECK', of: ({ id }) => id },
              { title: 'BROKEN WHERE', of: ({ message }) => message },
            ],
            '',
          ),
        ]),
    '',
    table(
      [...dataset.filledBy.map((each) => ({ ...each, does: 'fills' })), ...dataset.readBy.map((each) => ({ ...each, does: 'reads' }))],
      [
        { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
        { title: 'STEP', of: ({ step }) => step },
        { title: 'KIND', of: ({ kind }: DatasetStep) => kind },
        { title: 'DOES', of: ({ does }) => does },
      ],
      'No step fills or reads it.',
    ),
  ].join('\n')

function stateText({ freshness: { state: name, dueAt, lateMs } }: DatasetDetail, now: number): string {
  if (lateMs !== null) return `${name}, by ${formatDuration(lateMs)}: due at ${moment(dueAt)}`
  return dueAt === null ? name : `${name}, due ${relative(dueAt, now)}`
}

const batchText = ({ newestBatch: batch }: DatasetDetail, now: number): string | undefined =>
  batch === null
    ? undefined
    : `${moment(batch.writtenAt)} (${relative(batch.writtenAt, now)}): ${count(batch.rowsWritten)} rows, ` +
      `${count(batch.rowsQuarantined)} quarantined, by ${batch.pipeline} / ${batch.task} in run ${batch.run}`

const columnsText = (columns: readonly DatasetColumn[]): string =>
  table(
    columns,
    [
      { title: 'COLUMN', of: ({ name }) => name },
      { title: 'TYPE', of: ({ type }) => type },
      { title: 'NULL', of: ({ notNull }) => (notNull ? 'no' : 'yes') },
      { title: 'PERSONAL', of: ({ personal }) => (personal ? 'yes' : '-') },
      {
        title: 'COMMENT',
        of: ({ comment, oneOf }) =>
          [comment, oneOf === null ? null : `one of ${oneOf.join(', ')}`].filter((text) => text !== null).join('; '),
      },
    ],
    '',
  )
