import { z } from '@hono/zod-openapi'
import { endpoint } from '../endpoint.ts'

export const showInfo = endpoint({
  method: 'get',
  path: '/info',
  tag: 'platform',
  summary: 'What runs here',
  answer: z.object({ version: z.string(), profile: z.enum(['demo', 'live']), ready: z.boolean() }).openapi('Info'),
  handle: async ({ info }) => ({ version: info.version, profile: info.profile, ready: await info.ready() }),
})
