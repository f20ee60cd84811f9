import type { LakeTable } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { sees } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { bytes, count, relative } from '../../format/words.ts'
import { inProject, instant, oneOf, onePage, pageOf } from '../../schemas/values.ts'

const lakeTable: z.ZodType<LakeTable & { readonly project: string }> = z
  .object({
    dataset: z.string(),
    project: z.string(),
    layer: oneOf<LakeTable['layer']>({ bronze: 'bronze', silver: 'silver', gold: 'gold' }),
    name: z.string(),
    kind: oneOf<LakeTable['kind']>({ bronze: 'bronze', table: 'table', batches: 'batches', quarantine: 'quarantine', export: 'export' }),
    rows: z.number().nullable(),
    files: z.number().int(),
    bytes: z.number(),
    version: z.string().meta({ description: 'Bronze: name of the newest file. Tables: Delta version.' }),
    writtenAt: instant,
  })
  .meta({ id: 'LakeTable' })

export const listLakeTables = endpoint({
  name: 'lake.tables',
  method: 'get',
  path: '/lake/tables',
  right: 'viewer',
  scope: 'projects',
  summary: 'Tables of the lake with their rows, size and latest version',
  query: z.object(inProject),
  answer: pageOf(lakeTable),
  handle: async ({ lakes }, { query, projects }) => {
    // The error of a project that is not there names those that are.
    if (query.project !== undefined && !sees(projects, query.project)) return onePage([])
    const asked = (await lakes.all(query.project)).filter(({ project }) => sees(projects, project))
    const tables = asked.map(async (lake) => (await lake.tables()).map((each) => ({ ...each, project: lake.project })))
    return onePage((await Promise.all(tables)).flat())
  },
  terminal: {
    examples: ['sluice lake tables', 'sluice lake tables --project crypto-coincap --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'DATASET', of: ({ dataset }) => dataset },
          { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
          { title: 'FILES', of: ({ files }) => count(files), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'WRITTEN', of: ({ writtenAt }) => relative(writtenAt, now) },
          { title: 'VERSION', of: ({ version }) => version },
        ],
        'The lake is empty: a table appears with its first batch.',
      ),
  },
})
