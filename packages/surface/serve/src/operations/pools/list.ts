import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { among } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { count } from '../../format/words.ts'
import { poolSummary } from '../../schemas/pools.ts'
import { inProject, onePage, pageOf } from '../../schemas/values.ts'

export const listPools = endpoint({
  name: 'pools.list',
  method: 'get',
  path: '/pools',
  right: 'viewer',
  scope: 'projects',
  summary: 'Pools: how many of their slots are taken, and how many tasks wait',
  query: z.object(inProject),
  answer: pageOf(poolSummary),
  handle: async ({ engine }, { query: { project }, projects }) => onePage(await engine.pools(among(projects, project))),
  terminal: {
    examples: ['sluice pools list', 'sluice pools list --project crypto-coincap --json'],
    show: ({ items }) =>
      table(
        items,
        [
          { title: 'POOL', of: ({ project, name }) => `${project}:${name}` },
          { title: 'SLOTS', of: ({ slots }) => count(slots), align: 'right' },
          { title: 'RUNNING', of: ({ running }) => count(running), align: 'right' },
          { title: 'QUEUED', of: ({ queued }) => count(queued), align: 'right' },
        ],
        "No pipeline has a pool: task({ pool: pool('api', 4) }) makes one.",
      ),
  },
})
