import { given } from '@sluice/core'
import type { LakeVersion } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { table } from '../../format/table.ts'
import { bytes, count, moment } from '../../format/words.ts'
import { instant, onePage, pageOf } from '../../schemas/values.ts'
import { projectOfDatasetAsked } from '../scope.ts'
import { target } from './target.ts'

const lakeVersion: z.ZodType<LakeVersion> = z
  .object({
    version: z.string(),
    writtenAt: instant,
    operation: z.string(),
    batch: z.string().nullable(),
    generation: z.number().int().nullable(),
    rowsWritten: z.number().nullable(),
    rowsQuarantined: z.number().nullable(),
    bytes: z.number().nullable(),
  })
  .meta({ id: 'LakeVersion' })

export const lakeHistory = endpoint({
  name: 'lake.history',
  method: 'get',
  path: '/lake/history',
  right: 'viewer',
  scope: projectOfDatasetAsked,
  summary: 'Every write to a table of the lake, newest first',
  query: z.object(target),
  answer: pageOf(lakeVersion),
  handle: async ({ lakes }, { query }) => onePage(await (await lakes.of(given(query))).history(query.dataset)),
  terminal: {
    args: ['dataset'],
    examples: ['sluice lake history silver.assets'],
    show: ({ items }) =>
      table(
        items,
        [
          { title: 'VERSION', of: ({ version }) => version },
          { title: 'WRITTEN', of: ({ writtenAt }) => moment(writtenAt) },
          { title: 'OPERATION', of: ({ operation }) => operation },
          { title: 'ROWS', of: ({ rowsWritten }) => count(rowsWritten), align: 'right' },
          { title: 'QUARANTINED', of: ({ rowsQuarantined }) => count(rowsQuarantined), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'BATCH', of: ({ batch, generation }) => (batch === null ? '-' : `${batch.slice(0, 8)} g${generation ?? '-'}`) },
        ],
        'Nothing was written yet.',
      ),
  },
})
