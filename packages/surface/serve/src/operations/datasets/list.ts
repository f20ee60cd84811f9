import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { sees } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { count, relative, state } from '../../format/words.ts'
import { datasetSummary } from '../../schemas/datasets.ts'
import { inProject, onePage, pageOf } from '../../schemas/values.ts'
import type { DatasetDetail, DatasetSummary } from '../../services.ts'
import { tellDefinitionErrors } from '../pipelines/tell-definition-errors.ts'

export const listDatasets = endpoint({
  name: 'datasets.list',
  method: 'get',
  path: '/datasets',
  right: 'viewer',
  scope: 'projects',
  summary: 'The datasets that projects declare: owner, newest batch, and whether they are as fresh as they say',
  query: z.object(inProject),
  answer: pageOf(datasetSummary),
  handle: async ({ datasets }, { query, projects }) => {
    // The error of a project that is not there names those that are.
    if (query.project !== undefined && !sees(projects, query.project)) return onePage([])
    return onePage((await datasets.all(query.project)).filter(({ project }) => sees(projects, project)).map(summaryOf))
  },
  terminal: {
    examples: ['sluice datasets list', 'sluice datasets list --project crypto-coincap --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'PROJECT', of: ({ project }) => project },
          { title: 'STORE', of: ({ store }) => store },
          { title: 'DATASET', of: ({ name }) => name },
          { title: 'OWNER', of: ({ owner }) => owner ?? '-' },
          { title: 'TAGS', of: ({ tags }) => tags.join(', ') || '-' },
          { title: 'KEEP', of: ({ keep }) => keep ?? '-', align: 'right' },
          { title: 'FRESH', of: ({ fresh }) => fresh ?? '-', align: 'right' },
          { title: 'NEWEST BATCH', of: ({ newestBatch }) => relative(newestBatch?.writtenAt ?? null, now) },
          { title: 'ITS ROWS', of: ({ newestBatch }) => count(newestBatch?.rowsWritten ?? null), align: 'right' },
          { title: 'STATE', of: ({ freshness }) => freshness.state, show: state },
        ],
        'No project declares a dataset yet.',
      ),
    after: (terminal) => tellDefinitionErrors(terminal, terminal.project),
  },
})

const summaryOf = ({
  holds: _holds,
  columns: _columns,
  key: _key,
  order: _order,
  checks: _checks,
  references: _references,
  filledBy: _filledBy,
  readBy: _readBy,
  ...summary
}: DatasetDetail): DatasetSummary => summary
