import { z } from '@hono/zod-openapi'
import { notFound } from '@sluice/core'
import { endpoint, streamEndpoint } from '../endpoint.ts'
import { attempt, taskRun } from '../schemas/runs.ts'
import { flag, onePage, pageOf } from '../schemas/values.ts'
import { logPath, readLog } from '../streams/log.ts'

const tag = 'tasks'
const params = z.object({ run: z.string(), task: z.string() })

export const listAttempts = endpoint({
  method: 'get',
  path: '/runs/{run}/tasks/{task}/attempts',
  tag,
  summary: 'The attempts of a task in a run',
  params,
  answer: pageOf(attempt),
  handle: async ({ engine }, { params }) => onePage(await engine.attempts(params.run, params.task)),
})

export const clearTask = endpoint({
  method: 'post',
  path: '/runs/{run}/tasks/{task}/clear',
  tag,
  summary: 'Run a task again with a new generation, and those below it unless `only`',
  params,
  body: z.object({ only: z.boolean().default(false) }),
  answer: z.object({ cleared: z.array(z.string()) }),
  handle: ({ engine }, { params, body }) => engine.clear({ ...params, ...body }),
})

export const markTask = endpoint({
  method: 'post',
  path: '/runs/{run}/tasks/{task}/mark',
  tag,
  summary: 'Say how a task ended without running it',
  params,
  body: z.object({ state: z.enum(['success', 'failed', 'skipped']) }),
  answer: taskRun,
  handle: ({ engine }, { params, body }) => engine.mark({ ...params, ...body }),
})

export const readTaskLog = streamEndpoint({
  method: 'get',
  path: '/runs/{run}/tasks/{task}/log',
  tag,
  summary: 'The log of an attempt, the latest unless one is named; `follow` goes on until the attempt has ended',
  params,
  query: z.object({ attempt: z.coerce.number().int().min(1).optional(), follow: flag.optional() }),
  contentTypes: ['text/plain'],
  handle: async ({ engine, info }, { params: { run, task }, query, signal }) => {
    const find = async () => {
      const attempts = await engine.attempts(run, task)
      const wanted = query.attempt ?? Math.max(...attempts.map((each) => each.attempt))
      return attempts.find((each) => each.attempt === wanted)
    }
    const found = await find()
    if (found === undefined) {
      throw notFound(query.attempt === undefined ? `task ${task} has not run yet` : `task ${task} has no attempt ${query.attempt}`, {
        facts: { run, task },
        next: `See how far it is with "sluice runs show ${run}".`,
      })
    }
    const path = await logPath(info.stateDir, found.log)
    const ended = async () => (await engine.attempts(run, task)).find((each) => each.attempt === found.attempt)?.endedAt != null
    return { contentType: 'text/plain; charset=utf-8', chunks: readLog(path, signal, query.follow === true ? ended : undefined) }
  },
})
