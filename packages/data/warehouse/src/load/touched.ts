import type { AnyDataset } from '@sluice/author'
import { hashText } from '@sluice/core'
import { type Connection, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'

/** A source of a model that is made by partition. */
export interface TouchingSource {
  readonly table: string
  /** The column that says to which partition a row belongs; of a source without it any change concerns all of them. */
  readonly column: string | undefined
}

/** Those of which a source has changed, as texts; `all`. */
export type TouchedPartitions = readonly string[] | 'all'

/** More are made anew all at once. */
const mostAtOnce = 1_000

/** Who is told: one model and what it reads by, so that another definition begins anew. */
export const consumerOf = (task: string, { name, facts }: AnyDataset, sources: readonly TouchingSource[]): string =>
  `${name} ${hashText(JSON.stringify([task, facts.partition, sources])).slice(0, 16)}`

/**
 * Takes what was told of the sources since the last run of the consumer, in its transaction: where that is taken back, so is this. What
 * comes later is told to the next run, also where this one sees its rows already. A source that tells nothing yet is made to, by triggers
 * of its statements, whoever gives them; all partitions count as touched then. The caller has the lock of the target: two runs take turns.
 */
export async function takeTouched(tx: Connection, consumer: string, sources: readonly TouchingSource[]): Promise<TouchedPartitions> {
  let isAll = false
  for (const source of sources.toSorted((a, b) => (a.table < b.table ? -1 : 1)))
    isAll = (await ensureTriggers(tx, consumer, source)) || isAll
  const told = await tx.query<{ value: string | null }>(
    'with told as (delete from public.sluice_touched where consumer = $1 returning value) select distinct value from told order by 1',
    [consumer],
  )
  const values = told.map(({ value }) => value)
  return isAll || values.includes(null) || values.length > mostAtOnce ? 'all' : values.filter((value) => value !== null)
}

/** The beginning of the names of its triggers. Drift leaves them out. */
export const touchPrefix = 'sluice_touch_'

const events = [
  { event: 'insert', referencing: ' referencing new table as new_rows' },
  { event: 'update', referencing: ' referencing old table as old_rows new table as new_rows' },
  { event: 'delete', referencing: ' referencing old table as old_rows' },
  { event: 'truncate', referencing: '' },
] as const

/** True where one was lacking. They fire in sessions too that do without the triggers of foreign keys. */
async function ensureTriggers(tx: Connection, consumer: string, { table, column }: TouchingSource): Promise<boolean> {
  const target = quoteTable(table)
  const names = events.map(({ event }) => `${touchPrefix}${event}_${hashText(consumer).slice(0, 16)}`)
  const there = await tx.query<{ name: string }>(
    "select tgname as name from pg_trigger where tgrelid = $1::regclass and tgname = any($2) and tgenabled = 'A'",
    [target, names],
  )
  if (there.length === names.length) return false
  const args = [consumer, ...(column === undefined ? [] : [column])].map(quoteLiteral).join(', ')
  for (const [at, { event, referencing }] of events.entries()) {
    const name = quoteIdentifier(names[at] ?? '')
    await tx.query(
      `create or replace trigger ${name} after ${event} on ${target}${referencing} for each statement execute function public.sluice_touch(${args})`,
    )
    await tx.query(`alter table ${target} enable always trigger ${name}`)
  }
  return true
}
