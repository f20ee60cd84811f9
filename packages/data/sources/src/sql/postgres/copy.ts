import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { SqlSource } from '@sluice/author'
import { given } from '@sluice/core'
import { type Connection, copyOut, quoteIdentifier, withSession } from '@sluice/postgres'
import type { CopiedRows, CopyContext, Database, RowsAsked } from '../database.ts'
import { columnsOf, unreadable } from './columns.ts'
import { copiedSql } from './copied-text.ts'
import { LongestLine } from './longest-line.ts'
import { sliceStatements } from './slice.ts'
import { mayBeEscaped, spelled } from './spelled.ts'

export const postgres: Database = {
  copy: async ({ url }, asked, context) => {
    context.signal?.throwIfAborted()
    const { statementMs, lockMs } = asked.source.limits
    const options = { applicationName: `sluice ${asked.source.name}`, statementTimeoutMs: statementMs, lockTimeoutMs: lockMs }
    return await withSession(url, (session) => inSnapshot(session, () => copy(session, asked, context)), options)
  },
}

/** Whatever the URL sets for its sessions: the spelling of values counts on these. */
const settings = [
  "DateStyle = 'ISO, YMD'",
  "TimeZone = 'UTC'",
  "IntervalStyle = 'iso_8601'",
  'extra_float_digits = 1',
  'standard_conforming_strings = on',
  // The columns are asked for before the rows, and the rows may be long in coming.
  'idle_in_transaction_session_timeout = 0',
]

async function inSnapshot<T>(session: Connection, act: () => Promise<T>): Promise<T> {
  await session.query('begin transaction isolation level repeatable read read only')
  await session.query(settings.map((each) => `set local ${each}`).join('; '))
  const result = await act()
  await session.query('commit')
  return result
}

async function copy(tx: Connection, asked: RowsAsked, { workFolder, signal }: CopyContext): Promise<CopiedRows> {
  const { source, choose, most } = asked
  const select = selectOf(source.of)
  const columns = await columnsOf(tx, source.name, select)
  const slice = sliceStatements(asked, columns)
  // What a query gives under another name, its author has renamed.
  const isTable = 'table' in source.of
  const chosen = choose(isTable ? columns : columns.map(({ id: _, ...column }) => column)).map(
    (name) => columns.find((column) => column.name === name) ?? { name, type: '', base: '', kind: 'plain' as const },
  )
  const since = slice?.begin === undefined ? null : await oneValue(tx, slice.begin)
  // A look at a few rows does not read all of them for their greatest value.
  const seen =
    slice === undefined || most !== undefined
      ? { value: slice === undefined ? null : asked.seen, ahead: 0, farthest: null, there: true }
      : await readable(source.name, () => greatestOf(tx, slice.greatest(select, since)))
  const behind = slice === undefined || since === null || seen.there ? null : await oneValue(tx, slice.last(select))
  const values = ["'.'", ...chosen.map(spelled)].join(', ')
  const where = slice === undefined || since === null ? '' : ` where ${slice.where(since)}`
  const statement = `copy (select ${values} from ${select}${where}${most === undefined ? '' : ` limit ${most}`}) to stdout`
  const path = join(workFolder, `rows-${randomUUID()}.txt`)
  const lines = new LongestLine()
  const written = pipeline(lines, createWriteStream(path, { mode: 0o600 }), signal === undefined ? {} : { signal })
  // What ends the file ends the copy, whose error is the one to tell.
  written.catch((thrown: unknown) => lines.destroy(thrown instanceof Error ? thrown : undefined))
  const count = await readable(source.name, () => copyOut(tx, statement, lines)).catch((thrown: unknown) => {
    signal?.throwIfAborted()
    throw thrown
  })
  await written
  const rows = copiedSql(
    path,
    chosen.map((column) => ({ name: column.name, mayBeEscaped: mayBeEscaped(column) })),
    lines.longest,
  )
  return {
    columns: columns.map(({ name, type, ...of }) => ({ name, type, ...(isTable ? given({ id: of.id }) : {}) })),
    rows,
    numbered: `SELECT row_number() OVER () AS _row, * FROM (${rows})`,
    count,
    since,
    greatest: seen.value,
    ...(seen.farthest === null ? {} : { ahead: { rows: seen.ahead, greatest: seen.farthest } }),
    ...(behind === null ? {} : { behind }),
  }
}

/** A table, or a query under a name: what stands behind FROM. */
const selectOf = (of: SqlSource['of']): string =>
  'table' in of ? `${quoteIdentifier(...of.table.split('.'))} as _source` : `(\n${of.query.trim().replace(/;\s*$/, '')}\n) as _source`

interface Greatest {
  readonly value: string | null
  readonly ahead: number
  readonly farthest: string | null
  readonly there: boolean
}

const greatestOf = async (tx: Connection, statement: string): Promise<Greatest> =>
  (await tx.query<{ [field in keyof Greatest]: Greatest[field] }>(statement))[0] ?? { value: null, ahead: 0, farthest: null, there: false }

const oneValue = async (tx: Connection, statement: string): Promise<string | null> =>
  (await tx.query<{ value: string | null }>(statement))[0]?.value ?? null

async function readable<T>(source: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (thrown) {
    throw unreadable(source, thrown, '')
  }
}
