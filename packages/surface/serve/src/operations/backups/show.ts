import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { backupJob } from '../../schemas/backups.ts'
import { jobText } from './text.ts'

export const showBackup = endpoint({
  name: 'backups.show',
  method: 'get',
  path: '/backups/{job}',
  right: 'admin',
  scope: 'platform',
  summary: 'A backup that was asked for, and what came of it',
  params: z.object({ job: z.coerce.number().int().min(1).describe('the number that asking for it gave') }),
  answer: backupJob,
  handle: ({ engine }, { params }) => engine.backupJob(params.job),
  terminal: { args: ['job'], examples: ['sluice backups show 7'], show: (job) => jobText(job) },
})
