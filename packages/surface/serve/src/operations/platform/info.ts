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
      folders: z
        .record(z.string(), z.string())
        .meta({ description: 'Of each of them its folder, relative to that of the platform.', example: { shop: 'projects/shop' } }),
      ready: z.boolean(),
    })
    .meta({ id: 'Info' }),
  handle: async ({ info }, { caller }) => {
    const projects = info.projects.filter((project) => roleIn(caller.grants, project) !== undefined)
    return {
      version: info.version,
      profile: info.profile,
      projects,
      folders: Object.fromEntries(
        projects.flatMap((project) => (info.folders[project] === undefined ? [] : [[project, info.folders[project]]])),
      ),
      ready: await info.ready(),
    }
  },
})
