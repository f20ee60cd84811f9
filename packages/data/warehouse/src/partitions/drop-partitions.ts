import type { AnyDataset } from '@sluice/author'
import { type Connection, patientLockTimeoutMs } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { type Partition, partitionsOf } from './there.ts'

/**
 * Drops the partitions that hold nothing but rows before an instant; how many rows went with them. Their rows are counted while others
 * read and none writes. @throws a lock that is not given at once: then all is to be taken back and tried again
 */
export async function dropPartitions(tx: Connection, { name }: AnyDataset, before: number): Promise<{ rows: number; partitions: number }> {
  const isOld = ({ isOurs, to }: Partition): boolean => isOurs && to <= before
  if (!((await partitionsOf(tx, name)) ?? []).some(isOld)) return { rows: 0, partitions: 0 }
  const target = quoteTable(name)
  await tx.query(`lock table ${target} in share row exclusive mode`)
  const old = ((await partitionsOf(tx, name)) ?? []).filter(isOld)
  const counts = await tx.query<{ rows: number }>(
    old.map((each) => `select count(*)::float8 as rows from ${each.name}`).join(' union all ') || 'select 0::float8 as rows',
  )
  await tx.query(`set local lock_timeout = '${patientLockTimeoutMs}ms'`)
  await tx.query(`lock table ${target} in access exclusive mode`)
  for (const each of old) {
    // DETACH asks whether other tables refer to its rows.
    await tx.query(`alter table ${target} detach partition ${each.name}`)
    await tx.query(`drop table ${each.name}`)
  }
  await tx.query('set local lock_timeout = 0')
  return { rows: counts.reduce((sum, { rows }) => sum + rows, 0), partitions: old.length }
}
