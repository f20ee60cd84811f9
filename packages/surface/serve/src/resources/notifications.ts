import { z } from '@hono/zod-openapi'
import { given } from '@sluice/core'
import { endpoint } from '../endpoint.ts'
import { notificationPage, notificationState } from '../schemas/notifications.ts'
import { inProject, paging } from '../schemas/values.ts'

const tag = 'notifications'

export const listNotifications = endpoint({
  method: 'get',
  path: '/notifications',
  tag,
  summary: 'Messages to people, of runs and of data, newest first',
  query: z.object({ ...inProject, state: notificationState.optional(), limit: paging.limit }),
  answer: notificationPage,
  handle: ({ notifications }, { query }) => notifications.list(given(query)),
})

export const retryNotifications = endpoint({
  method: 'post',
  path: '/notifications/retry',
  tag,
  summary: 'Queue failed messages again: those named, or every one',
  body: z.object({ keys: z.array(z.string().min(1)).min(1).optional() }),
  answer: z.object({ retried: z.number().int() }),
  handle: async ({ notifications }, { body }) => ({ retried: await notifications.retry(body.keys) }),
})
