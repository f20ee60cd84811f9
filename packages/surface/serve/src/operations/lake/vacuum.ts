import { durationMs, given } from '@sluice/core'
import type { Maintenance } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { bytes, count } from '../../format/words.ts'
import { whole } from '../../schemas/values.ts'
import { projectOfDataset } from '../scope.ts'
import { target } from './target.ts'

const vacuumAnswer: z.ZodType<Awaited<ReturnType<Maintenance['vacuum']>>> = z
  .object({
    version: whole,
    deleted: z.array(z.string()).meta({ description: 'Paths in the folder of the table.' }),
    bytes: whole,
    dryRun: z.boolean(),
    retentionHours: z.number(),
  })
  .meta({ id: 'VacuumAnswer' })

export const vacuumTable = endpoint({
  name: 'lake.vacuum',
  method: 'post',
  path: '/lake/vacuum',
  right: 'admin',
  scope: projectOfDataset,
  audit: 'around',
  summary: 'Delete the files of a table that no version within the retention needs',
  body: z.object({
    ...target,
    retentionHours: z.number().min(0).optional(),
    allowShortRetention: z.boolean().optional().describe('also below 7d: readers that run may fail'),
    dryRun: z.boolean().optional().describe('only list what would be deleted'),
  }),
  answer: vacuumAnswer,
  handle: async ({ lakes }, { body: { dataset, project, ...rest } }) =>
    await (await lakes.of(given({ dataset, project }))).vacuum(dataset, given(rest)),
  terminal: {
    args: ['dataset'],
    fields: ['allowShortRetention', 'dryRun'],
    change: { allowShortRetention: { flags: '--allow-short' } },
    options: [
      {
        flags: '--retention <duration>',
        description: 'how long files stay after they left the table, such as 30d; unless given, as configured, or 7d',
      },
    ],
    examples: ['sluice lake vacuum silver.assets --dry-run', 'sluice lake vacuum silver.assets --retention 30d --yes'],
    input: (_, line) => {
      const retention = line.text('retention')
      return { body: given({ retentionHours: retention === undefined ? undefined : durationMs(retention) / 3_600_000 }) }
    },
    confirm: {
      yes: 'do not ask: versions that need the files cannot be read any more',
      question: ({ body }) =>
        body.dryRun === true ? undefined : `Delete the old files of ${body.dataset}? Versions that need them cannot be read any more.`,
    },
    show: ({ deleted, dryRun, ...answer }) => {
      const total = `${count(deleted.length)} files, ${bytes(answer.bytes)}`
      return dryRun ? [...deleted.map((path) => `would delete ${path}`), `would delete ${total}`].join('\n') : `deleted ${total}`
    },
  },
})
