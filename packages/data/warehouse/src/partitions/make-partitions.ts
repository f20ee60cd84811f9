import type { AnyDataset } from '@sluice/author'
import { type Connection, isLockTimeout, type Pool, patientLockTimeoutMs, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { partitionName, quoteTable } from '../ddl/names.ts'
import { warehouseErrors } from '../errors.ts'
import { platformSchema } from '../platform-schema.ts'
import { dayText, gapsIn, type Span, spansAhead } from './spans.ts'
import { partitionsOf } from './there.ts'

/** A load that needs more of them has dates in it that are none, or partitions that are too short. */
const most = 1_000

/**
 * Makes those that the spans lack, in a schema of the platform; the days that each begins with. Whoever makes some of one table waits for
 * the other, and the tables referred to are locked behind it, in order: two that need the same ones do not deadlock. Readers wait for
 * nobody. A table that is not stored in partitions (of a test) needs none.
 */
export async function makePartitions(tx: Connection, table: AnyDataset, wanted: readonly Span[]): Promise<readonly string[]> {
  const before = await partitionsOf(tx, table.name)
  if (before === undefined || gapsIn(before, wanted).length === 0) return []
  const target = quoteTable(table.name)
  await tx.query(`lock table ${target} in share update exclusive mode`)
  for (const parent of await referredTo(tx, target)) await tx.query(`lock table ${parent} in share row exclusive mode`)
  const gaps = gapsIn((await partitionsOf(tx, table.name)) ?? [], wanted)
  if (gaps.length > most) throw tooMany(table, gaps)
  if (gaps.length > 0) await ensureSchema(tx)
  for (const gap of gaps) {
    const partition = await freeName(tx, table, dayText(gap.from))
    // PARTITION OF would wait for every reader of the table, and they for it.
    await tx.query(`create table ${partition} (like ${target} including defaults including generated including constraints)`)
    await tx.query(
      `alter table ${target} attach partition ${partition} for values from (${boundOf(table, gap.from)}) to (${boundOf(table, gap.to)})`,
    )
  }
  return gaps.map(({ from }) => dayText(from))
}

async function freeName(tx: Connection, table: AnyDataset, day: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = quoteIdentifier(platformSchema, partitionName(table, day, number))
    const [found] = await tx.query<{ taken: boolean }>('select to_regclass($1) is not null as taken', [name])
    if (found?.taken !== true) return name
  }
}

const boundOf = ({ columns, facts }: AnyDataset, at: number): string =>
  quoteLiteral(columns[facts.ranges?.column ?? '']?.type.kind === 'date' ? dayText(at) : `${dayText(at)} 00:00:00+00`)

async function referredTo(tx: Connection, target: string): Promise<readonly string[]> {
  const found = await tx.query<{ name: string }>(
    `select distinct confrelid::regclass::text as name from pg_constraint
     where conrelid = $1::regclass and contype = 'f' and conparentid = 0 and confrelid <> conrelid order by 1`,
    [target],
  )
  return found.map(({ name }) => name)
}

async function ensureSchema(tx: Connection): Promise<void> {
  const [found] = await tx.query('select from pg_namespace where nspname = $1', [platformSchema])
  if (found === undefined) await tx.query(`create schema if not exists ${quoteIdentifier(platformSchema)}`)
}

/** Those of a moment, and as many behind it as the dataset wants to be there before rows come. */
export const spansKeptAhead = ({ facts: { ranges } }: AnyDataset, at: number): readonly Span[] =>
  ranges === undefined ? [] : spansAhead(ranges.by, at, ranges.ahead ?? 1)

/** Of all tables, each by itself. A lock that somebody else holds is not waited for: the next load makes what it needs. */
export async function keepAhead(pool: Pool, tables: readonly AnyDataset[], at: number): Promise<void> {
  for (const table of tables.filter(({ facts }) => facts.ranges !== undefined)) {
    await pool
      .transaction(async (tx) => {
        await tx.query(`set local lock_timeout = ${patientLockTimeoutMs}`)
        await makePartitions(tx, table, spansKeptAhead(table, at))
      })
      .catch((error: unknown) => {
        if (!isLockTimeout(error)) throw error
      })
  }
}

const tooMany = (table: AnyDataset, gaps: readonly Span[]) =>
  warehouseErrors.failed(
    `the rows of ${table.name} lie in ${gaps.length} partitions that are not there, from ${dayText(gaps[0]?.from ?? 0)} to ${dayText(gaps.at(-1)?.from ?? 0)}`,
    {
      facts: { table: table.name, partitions: gaps.length },
      next: `Look at ${table.facts.ranges?.column} of the rows, or let partitions be longer (by: 'month', by: 'year'). Nothing was written.`,
    },
  )
