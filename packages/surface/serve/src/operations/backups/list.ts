import { formatInstant } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { backupsTable } from '../../format/backups-table.ts'
import { madeBackup } from '../../schemas/backups.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import { warehouseOf } from './warehouse-of.ts'

export const listBackups = endpoint({
  name: 'backups.list',
  method: 'get',
  path: '/backups',
  right: 'admin',
  scope: 'platform',
  summary: 'The backups in the place of the settings, newest first',
  query: z.object(warehouseOf),
  answer: pageOf(madeBackup),
  handle: async ({ backups }, { query: { project } }) => onePage(await backups.list(project)),
  terminal: {
    examples: ['sluice backups list', 'sluice backups list --project crypto-coincap'],
    input: ({ project }) => ({ query: project === undefined ? {} : { project } }),
    show: ({ items }) =>
      backupsTable(
        items.map((each) => ({ ...each, takenAt: formatInstant(each.takenAt) })),
        'There are no backups.',
      ),
  },
})
