import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { sees } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { relative, state } from '../../format/words.ts'
import { pipelineSummary } from '../../schemas/pipelines.ts'
import { inProject, onePage, pageOf } from '../../schemas/values.ts'
import { tellDefinitionErrors } from './tell-definition-errors.ts'

export const listPipelines = endpoint({
  name: 'pipelines.list',
  method: 'get',
  path: '/pipelines',
  right: 'viewer',
  scope: 'projects',
  summary: 'All pipelines: schedule, next and latest run',
  query: z.object(inProject),
  answer: pageOf(pipelineSummary),
  handle: async ({ engine }, { query, projects }) =>
    onePage((await engine.pipelines()).filter(({ project }) => sees(projects, project) && (query.project ?? project) === project)),
  terminal: {
    examples: ['sluice pipelines list', 'sluice pipelines list --project crypto-coincap --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'PROJECT', of: ({ project }) => project },
          { title: 'PIPELINE', of: ({ name }) => name },
          { title: 'SCHEDULE', of: ({ schedule }) => schedule ?? 'none' },
          { title: 'PAUSED', of: ({ paused }) => (paused ? 'yes' : 'no') },
          {
            title: 'NEXT',
            of: ({ nextTick, schedule, paused }) =>
              paused ? '-' : nextTick === null && schedule !== null ? 'by backfill' : relative(nextTick, now),
          },
          { title: 'LAST RUN', of: ({ lastRun }) => lastRun?.state ?? '-', show: state },
          { title: 'WHEN', of: ({ lastRun }) => relative(lastRun?.endedAt ?? lastRun?.startedAt ?? lastRun?.createdAt ?? null, now) },
        ],
        'There are no pipelines yet.',
      ),
    after: (terminal) => tellDefinitionErrors(terminal, terminal.project),
  },
})
