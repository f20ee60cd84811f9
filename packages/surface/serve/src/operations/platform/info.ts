import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'

export const showInfo = endpoint({
  name: 'platform.info',
  method: 'get',
  path: '/info',
  right: 'viewer',
  summary: 'Version and profile of the platform, and whether it is ready',
  answer: z.object({ version: z.string(), profile: z.enum(['demo', 'live']), ready: z.boolean() }).meta({ id: 'Info' }),
  handle: async ({ info }) => ({ version: info.version, profile: info.profile, ready: await info.ready() }),
})
