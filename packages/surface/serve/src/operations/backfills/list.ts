import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { among } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { actorText, moment, relative, state } from '../../format/words.ts'
import { backfillSummary } from '../../schemas/backfills.ts'
import { inProject, pageOf, paging } from '../../schemas/values.ts'
import { progressOf } from './text.ts'

export const listBackfills = endpoint({
  name: 'backfills.list',
  method: 'get',
  path: '/backfills',
  right: 'viewer',
  scope: 'projects',
  summary: 'Backfills, newest first',
  query: z.object({ ...inProject, pipeline: z.string().optional().describe('only of this pipeline'), ...paging }),
  answer: pageOf(backfillSummary),
  handle: ({ engine }, { query: { project, ...query }, projects }) =>
    engine.backfills(given({ ...query, projects: among(projects, project) })),
  terminal: {
    args: ['pipeline'],
    change: { limit: { default: 20 } },
    examples: ['sluice backfills list', 'sluice backfills list crypto_data_pipeline'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'BACKFILL', of: ({ id }) => String(id) },
          { title: 'PIPELINE', of: ({ project, pipeline }) => `${project}:${pipeline}` },
          { title: 'STATE', of: (backfill) => backfill.state, show: state },
          { title: 'FROM', of: ({ interval }) => moment(interval.start) },
          { title: 'UP TO', of: ({ interval }) => moment(interval.end) },
          { title: 'PROGRESS', of: progressOf },
          { title: 'BY', of: ({ actor }) => actorText(actor) },
          { title: 'CREATED', of: ({ createdAt }) => relative(createdAt, now) },
        ],
        'There are no backfills.',
      ),
    after: ({ output }, { next }) => {
      if (next !== null) output.note('There are more: raise --limit.')
    },
  },
})
