import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { backupJob } from '../../schemas/backups.ts'
import { untilMade } from './follow.ts'
import { warehouseOf } from './warehouse-of.ts'

export const runBackup = endpoint({
  name: 'backups.run',
  method: 'post',
  path: '/backups',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Ask the server for a backup of the platform or of one warehouse, in the place of its settings',
  body: z.object({
    ...warehouseOf,
    keep: z.string().min(1).optional().describe('remove older ones behind it: keep so many (7), or those of a span (30d)'),
  }),
  status: 201,
  answer: backupJob,
  handle: async ({ engine, backups }, { body: { project, keep }, by }) => {
    backups.check(given({ project, keep }))
    return await engine.askBackup({ kind: 'run', ...given({ project, keep }) }, by)
  },
  terminal: {
    fields: ['keep'],
    examples: ['sluice backups run --keep 30d', 'sluice backups run --project crypto-coincap --keep 7'],
    run: async (terminal, line, send) => {
      await terminal.execute()
      return await untilMade(terminal, await send({ body: given({ project: terminal.project, keep: line.text('keep') }) }))
    },
  },
})
