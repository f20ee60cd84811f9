import { formatInstant } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { table } from '../../format/table.ts'
import { bytes, count } from '../../format/words.ts'
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
      table(
        items,
        [
          { title: 'BACKUP', of: ({ id }) => id },
          { title: 'OF', of: ({ takenAt }) => formatInstant(takenAt) },
          { title: 'ROWS', of: ({ rows }) => count(rows), align: 'right' },
          { title: 'SIZE', of: (each) => bytes(each.bytes), align: 'right' },
          { title: 'ENCRYPTED', of: ({ encrypted }) => (encrypted ? 'yes' : 'no') },
        ],
        'There are no backups.',
      ),
  },
})
