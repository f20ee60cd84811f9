import type { AnyDataset } from '@sluice/author'
import { SluiceError } from '@sluice/core'
import type { Connection, Pool } from '@sluice/postgres'
import type { ReferenceShape } from '../ddl/shape.ts'
import { foreignKeysOf } from '../drift/describe.ts'
import { type ReplayOptions, replayOrphans } from './replay-orphans.ts'
import { beginLoad, lockTable } from './statements.ts'

/** $1 dataset, $2 tables that it refers to, $3 how it is declared. */
const noteSql = `
with waits as (select from public.sluice_quarantine where dataset = $1 and rule like 'orphan(%' limit 1),
  forgotten as (delete from public.sluice_waiting where dataset = $1 and not exists (select from waits))
insert into public.sluice_waiting as w (parent, dataset, declared)
select parent, $1, $3::jsonb from unnest($2::text[]) parent where exists (select from waits)
on conflict (parent, dataset) do update set declared = excluded.declared where w.declared <> excluded.declared`

/** Notes for which tables rows of a dataset wait in quarantine, or that none does any more: in the transaction of its load. */
export async function noteWaiting(tx: Connection, { table, dataset, references }: Omit<ReplayOptions, 'largeFrom'>): Promise<void> {
  const parents = parentsOf(table, references)
  if (parents.length > 0) await tx.query(noteSql, [dataset, parents, JSON.stringify(withoutStatements(table))])
}

/** A table that refers to itself is replayed by its own loads. */
const parentsOf = ({ name }: AnyDataset, references: readonly ReferenceShape[]): readonly string[] =>
  [...new Set(references.map(({ table }) => table))].filter((parent) => parent !== name)

const withoutStatements = ({ batch: _, latest: __, ...declared }: AnyDataset) => declared

interface Waiting {
  readonly dataset: string
  readonly declared: AnyDataset
}

/** Rows of a dataset that came back, or why nobody could look. */
export interface CameBack {
  readonly dataset: string
  readonly rows: number
  readonly fault?: string
}

/**
 * Brings back what waits in quarantine for rows of a table, in a transaction a dataset behind that of the table's own load, and so what
 * waits for the rows that came back. Done again it changes nothing: whoever was killed between the two transactions does it once more with
 * the answer to its batch. What cannot be looked at any more, since the dataset is declared otherwise by now, waits for its own next load.
 */
export async function bringBack(pool: Pool, parent: string, largeFrom: number): Promise<readonly CameBack[]> {
  const back: CameBack[] = []
  const tables = [parent]
  for (const table of tables) {
    const waiting = await pool.query<Waiting & Record<string, unknown>>(
      'select dataset, declared from public.sluice_waiting where parent = $1 order by dataset',
      [table],
    )
    for (const { dataset, declared } of waiting) {
      const found = await ofDataset(pool, { dataset, declared }, largeFrom)
      if (found.rows > 0 || found.fault !== undefined) back.push(found)
      if (found.rows > 0 && !tables.includes(declared.name)) tables.push(declared.name)
    }
  }
  return back
}

async function ofDataset(pool: Pool, { dataset, declared: table }: Waiting, largeFrom: number): Promise<CameBack> {
  try {
    const rows = await pool.transaction(
      async (tx) => {
        await tx.query(beginLoad)
        // Loads of the table come before or after this: which rows wait is known under its lock.
        await tx.query(lockTable(table.name))
        const replayed = { table, dataset, references: await foreignKeysOf(tx, table.name), largeFrom }
        const written = await replayOrphans(tx, replayed)
        await noteWaiting(tx, replayed)
        return written
      },
      { retry: { attempts: 5 } },
    )
    return { dataset, rows }
  } catch (thrown) {
    if (!(thrown instanceof SluiceError) || thrown.kind === 'retryable') throw thrown
    return { dataset, rows: 0, fault: thrown.message }
  }
}
