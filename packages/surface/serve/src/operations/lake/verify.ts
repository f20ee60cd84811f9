import { given } from '@sluice/core'
import type { GoldVerdict } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { table } from '../../format/table.ts'
import { bytes, count, state } from '../../format/words.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import { projectOfDataset } from '../scope.ts'
import { target } from './target.ts'

const goldVerdict: z.ZodType<GoldVerdict> = z
  .object({
    version: z.string(),
    rows: z.number().nullable(),
    bytes: z.number().nullable(),
    problems: z.array(z.string()),
    expired: z.boolean().meta({ description: 'Retention took its files.' }),
  })
  .meta({ id: 'GoldVerdict' })

export const verifyExports = endpoint({
  name: 'lake.verify',
  method: 'post',
  path: '/lake/exports/verify',
  right: 'editor',
  scope: projectOfDataset,
  audit: 'query',
  summary: 'Read the exports of gold again: checksums, rows and columns against their manifests',
  body: z.object({
    ...target,
    dataset: z.string().min(1).describe('gold.NAME, or the full id'),
    version: z.string().optional().describe('only this one, as "lake history" lists them'),
  }),
  answer: pageOf(goldVerdict),
  handle: async ({ lakes }, { body: { dataset, project, version } }) =>
    onePage(await (await lakes.of(given({ dataset, project }))).verify(dataset, version)),
  terminal: {
    args: [{ field: 'dataset', name: 'gold' }],
    change: { version: { flags: '--export <version>' } },
    examples: ['sluice lake verify gold.assets', 'sluice lake verify gold.daily_reports --json'],
    show: ({ items }) =>
      table(
        items,
        [
          { title: 'EXPORT', of: (each) => each.version },
          { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'STATE', of: ({ problems, expired }) => (problems.length > 0 ? 'failed' : expired ? 'skipped' : 'ok'), show: state },
          { title: 'WHAT', of: ({ problems, expired }) => (expired ? 'retention took its files' : problems.join('; ')) },
        ],
        'There are no exports.',
      ),
    exit: ({ items }) => (items.some(({ problems }) => problems.length > 0) ? 1 : 0),
  },
})
