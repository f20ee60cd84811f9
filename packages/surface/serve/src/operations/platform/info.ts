import { roleIn } from '@sluice/accounts/grants'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'

export const showInfo = endpoint({
  name: 'platform.info',
  method: 'get',
  path: '/info',
  right: 'viewer',
  scope: 'projects',
  summary: 'Version, profile and projects of the platform, and whether it is ready',
  answer: z
    .object({
      version: z.string(),
      profile: z.enum(['demo', 'live']),
      projects: z.array(z.string()).meta({ description: 'Those in which the caller has a role.' }),
      ready: z.boolean(),
    })
    .meta({ id: 'Info' }),
  handle: async ({ info }, { caller }) => ({
    version: info.version,
    profile: info.profile,
    projects: info.projects.filter((project) => roleIn(caller.grants, project) !== undefined),
    ready: await info.ready(),
  }),
})
