import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { among } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { actorText, moment, relative, state, took } from '../../format/words.ts'
import { runState, runSummary } from '../../schemas/runs.ts'
import { cursorLike, inProject, pageOf, paging } from '../../schemas/values.ts'

export const listRuns = endpoint({
  name: 'runs.list',
  method: 'get',
  path: '/runs',
  right: 'viewer',
  scope: 'projects',
  summary: 'Runs, newest first',
  query: z.object({
    ...inProject,
    pipeline: z.string().optional().describe('only of this pipeline'),
    state: runState.optional().describe('only those in this state'),
    limit: paging.limit,
    cursor: cursorLike(/^[0-9a-z]{12}$/).describe('the `next` of the page before'),
  }),
  answer: pageOf(runSummary),
  handle: ({ engine }, { query: { project, ...query }, projects }) => engine.runs(given({ ...query, projects: among(projects, project) })),
  terminal: {
    args: ['pipeline'],
    change: { limit: { default: 20 } },
    examples: ['sluice runs list', 'sluice runs list crypto_data_pipeline --state failed --limit 5'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'RUN', of: ({ id }) => id },
          { title: 'PIPELINE', of: ({ project, pipeline }) => `${project}:${pipeline}` },
          { title: 'STATE', of: (run) => run.state, show: state },
          { title: 'TRIGGER', of: ({ trigger }) => trigger },
          { title: 'BY', of: ({ actor }) => actorText(actor) },
          { title: 'LOGICAL TIME', of: ({ logicalTime }) => moment(logicalTime) },
          { title: 'STARTED', of: ({ startedAt }) => relative(startedAt, now) },
          { title: 'TOOK', of: ({ startedAt, endedAt }) => took(startedAt, endedAt, now), align: 'right' },
        ],
        'There are no such runs.',
      ),
    after: ({ output }, { next }) => {
      if (next !== null) output.note('There are more: raise --limit.')
    },
  },
})
