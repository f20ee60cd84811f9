import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { backupJob } from '../../schemas/backups.ts'
import { untilMade } from './follow.ts'
import { warehouseOf } from './warehouse-of.ts'

export const verifyBackup = endpoint({
  name: 'backups.verify',
  method: 'post',
  path: '/backups/verify',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Ask the server to read a backup again, each file against its hash and each table against its checksum',
  body: z.object({
    ...warehouseOf,
    backup: z.string().min(1).optional().describe('which one, as the list shows them; the newest unless given'),
  }),
  status: 201,
  answer: backupJob,
  handle: async ({ engine, backups }, { body: { project, backup }, by }) => {
    backups.check(given({ project }))
    return await engine.askBackup({ kind: 'verify', ...given({ project, backup }) }, by)
  },
  terminal: {
    fields: ['backup'],
    examples: ['sluice backups verify', 'sluice backups verify --project crypto-coincap'],
    run: async (terminal, line, send) => {
      await terminal.execute()
      return await untilMade(terminal, await send({ body: given({ project: terminal.project, backup: line.text('backup') }) }))
    },
  },
})
