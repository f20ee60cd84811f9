import { given } from '@sluice/core'
import type { GoldRestored } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { whole } from '../../schemas/values.ts'
import { projectOfDataset } from '../scope.ts'
import { target } from './target.ts'

const goldRestored: z.ZodType<GoldRestored> = z
  .object({ dataset: z.string(), version: z.string(), rows: whole, from: z.string() })
  .meta({ id: 'GoldRestored' })

/** In the terminal it is `lake restore` with `--into`. */
export const restoreLakeExport = endpoint({
  name: 'lake.restoreExport',
  method: 'post',
  path: '/lake/exports/restore',
  right: 'admin',
  scope: projectOfDataset,
  audit: 'around',
  summary: 'Put a verified export into a table of silver, which then holds exactly its rows',
  body: z.object({ ...target, into: z.string().min(1), version: z.string().optional() }),
  answer: goldRestored,
  handle: async ({ lakes }, { body: { dataset, project, into, version } }) =>
    await (await lakes.of(given({ dataset, project }))).restoreExport(dataset, given({ into, version })),
})
