import type { DeltaTable } from '@sluice/delta'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import { versionsOf, wholeColumn } from './by-versions.ts'
import { batchColumn } from './delta-columns.ts'
import { metRows } from './met-rows.ts'
import { asOfColumn, type ByKey, type ByVersions, columnList, turnColumn } from './row-order.ts'

/** Temporary tables of what a batch brings, what the table is to hold of it, and how that differs from what it holds. */
const [entitiesTable, wantedTable] = ['_sluice_entities', '_sluice_wanted']

export interface VersionsToShow {
  readonly table: DeltaTable
  /** What every batch has brought. */
  readonly beside: DeltaTable
  readonly by: ByKey & { readonly versions: ByVersions }
  readonly batch: string
  /** The batch has brought other rows before, and nothing says which: all there is is looked at. */
  readonly all: boolean
}

/**
 * Into `into`: the versions that the table is to hold otherwise, of what the batch brings or of all; `gone` marks those that it is to lose.
 * Answers the columns that a version has.
 */
export async function stageVersions(
  connection: DuckConnection,
  { table, beside, by, batch, all }: VersionsToShow,
  { into, gone }: { readonly into: string; readonly gone: string },
): Promise<readonly string[]> {
  const { versions } = by
  const [shown, seen] = [await table.snapshot(), await beside.snapshot()]
  const own = [batchColumn, asOfColumn, turnColumn, wholeColumn]
  const observed = seen.schema.fields.map(({ name }) => name).filter((name) => !own.includes(name))
  const columns = [...observed, ...versions.bounds, batchColumn]
  const held = new Set(shown.schema.fields.map(({ name }) => name))
  const inTable = columns.map((name) => (held.has(name) ? quoteIdentifier(name) : `NULL AS ${quoteIdentifier(name)}`)).join(', ')
  const whole = all || versions.closesMissing
  const entity = columnList(versions.entity)
  if (!whole) {
    const rows = await seen.scanSql({ where: [{ column: batchColumn, op: '=', value: batch }] })
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${entitiesTable} AS SELECT DISTINCT ${entity} FROM (${rows})`)
  }
  const met = (rows: string): string => (whole ? rows : metRows(rows, versions.entity, entitiesTable))
  const wanted = versionsOf(met(await seen.scanSql()), observed, { order: by.order, of: versions })
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${wantedTable} AS SELECT ${columnList(columns)} FROM (${wanted})`)
  const there = `SELECT ${inTable} FROM (${met(await shown.scanSql())})`
  const lost = columns.map((name) => (by.key.includes(name) ? `there.${quoteIdentifier(name)}` : `NULL AS ${quoteIdentifier(name)}`))
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${into} AS
     SELECT *, false AS ${gone} FROM (SELECT * FROM ${wantedTable} EXCEPT ${there})
     UNION ALL SELECT ${lost.join(', ')}, true FROM (${there}) AS there ANTI JOIN ${wantedTable} USING (${columnList(by.key)})`,
  )
  return columns
}
