import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { attempt } from '../../schemas/runs.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import { projectOfRun } from '../scope.ts'
import { ofMap, ofTask } from './of-run.ts'

export const listAttempts = endpoint({
  name: 'tasks.attempts',
  method: 'get',
  path: '/runs/{run}/tasks/{task}/attempts',
  right: 'viewer',
  scope: projectOfRun,
  summary: 'The attempts of a task in a run',
  params: ofTask,
  query: z.object(ofMap),
  answer: pageOf(attempt),
  handle: async ({ engine }, { params, query }) => onePage(await engine.attempts(params.run, params.task, query.mapIndex)),
})
