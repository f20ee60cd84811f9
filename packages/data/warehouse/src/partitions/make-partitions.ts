import type { AnyDataset } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
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
  const rest = gaps.length > 0 ? await defaultOf(tx, target) : undefined
  for (const gap of gaps) {
    const partition = await freeName(tx, table, dayText(gap.from))
    // PARTITION OF would wait for every reader of the table, and they for it.
    await tx.query(`create table ${partition} (like ${target} including defaults including generated including constraints)`)
    const [from, to] = [boundOf(table, gap.from), boundOf(table, gap.to)]
    await tx.query(`alter table ${target} attach partition ${partition} for values from (${from}) to (${to})`).catch((thrown: unknown) => {
      throw rest === undefined || !isViolation(thrown) ? thrown : heldBy(rest, { table, from, to, cause: thrown })
    })
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

/** The partition that somebody made by hand for rows that no other one takes, quoted. */
async function defaultOf(tx: Connection, target: string): Promise<string | undefined> {
  const [found] = await tx.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_partitioned_table p
     join pg_class c on c.oid = p.partdefid join pg_namespace n on n.oid = c.relnamespace where p.partrelid = $1::regclass`,
    [target],
  )
  return found?.name
}

const isViolation = (thrown: unknown): boolean => isSluiceError(thrown) && thrown.facts.sqlstate === '23514'

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

function heldBy(
  rest: string,
  { table, from, to, cause }: { readonly table: AnyDataset; readonly from: string; readonly to: string; readonly cause: unknown },
) {
  const column = quoteIdentifier(table.facts.ranges?.column ?? '')
  return warehouseErrors.failed(
    `the partition of ${table.name} from ${from} to ${to} cannot be made: the default partition ${rest} holds rows of it`,
    {
      cause,
      facts: { table: table.name, partition: rest },
      next: `A table in partitions needs no default partition. Take it off (alter table ${quoteTable(table.name)} detach partition ${rest}), load again, and insert its rows (where ${column} >= ${from} and ${column} < ${to}) into ${table.name}. Nothing was written.`,
    },
  )
}
