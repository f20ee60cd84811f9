import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AnyDataset, bigint, dataset, decimal, integer, text, timestamp } from '@sluice/author'
import { dropDatabase, ensureDatabase, urlFor, withSession } from '@sluice/postgres'
import { migrate, type Proposal, proposeMigration } from '@sluice/warehouse'
import { atMost, type Measure, measure, timed } from '../measure.ts'

/** What `warehouse diff` takes where none of so many tables is there yet, and where all are. It writes and tries out what is missing. */
export async function diffOfTables(adminUrl: string, url: string, count: number, dir: string): Promise<readonly Measure[]> {
  const folder = join(dir, 'migrations')
  await mkdir(folder)
  const tables = Array.from({ length: count }, (_, number) => tableOf(number))
  const diff = (): Promise<Proposal> =>
    proposeMigration(url, folder, { tables, keys: [], schema: null }, (template) => scratch(adminUrl, template))
  let proposal: Proposal | undefined
  const missing = await timed(async () => {
    proposal = await diff()
  })
  if (proposal?.migration == null || !proposal.proved) throw new Error(`nothing was tried out: ${proposal?.notes.join()}`)
  await writeFile(join(folder, `${proposal.migration.id}.up.sql`), proposal.migration.up)
  await migrate(url, folder, { tables })
  // To drop a database the server writes down all that is new in any of them.
  await withSession(adminUrl, (admin) => admin.query('checkpoint'))
  const same = await timed(async () => {
    proposal = await diff()
  })
  if (proposal.differences.length > 0) throw new Error(`not migrated: ${proposal.differences.join()}`)
  return [
    measure(`warehouse diff of ${count} tables that are new: written, and tried out up and down`, missing, 'ms', atMost(5_000, 'ms')),
    measure(`warehouse diff of ${count} tables that are there`, same, 'ms', atMost(5_000, 'ms')),
  ]
}

const tableOf = (number: number): AnyDataset =>
  dataset(`shop.table_${number}`, {
    on: 'warehouse',
    description: `table ${number}`,
    columns: {
      id: bigint({ notNull: true, comment: 'its number' }),
      status: text({ oneOf: ['open', 'paid'] }),
      at: timestamp({ notNull: true }),
      total: decimal(12, 2, { default: '0' }),
      quantity: integer(),
      twice: integer({ generated: 'quantity * 2' }),
      note: text(),
    },
    key: ['id'],
    indexes: ['at', { unique: ['note'] }],
  })

async function scratch(adminUrl: string, template?: string) {
  const name = `scratch_${randomBytes(4).toString('hex')}`
  await ensureDatabase(adminUrl, name, { forAMoment: true, ...(template === undefined ? {} : { template }) })
  return {
    name,
    url: urlFor(adminUrl, name),
    drop: () => dropDatabase(adminUrl, name),
  }
}
