import type { DuckDBConnection } from '@duckdb/node-api'
import type { StructType } from '../../schema/schema.ts'
import { queryRows, quoteIdentifier } from '../../sql.ts'
import { openTable } from '../../table.ts'
import type { WritingEngine } from './engine.ts'
import { canonicalRow, duckConstant, type Row } from './values.ts'

/** Our own library behind the interface of the tests. It opens the table anew for each request. */
export function ourEngine(connection: DuckDBConnection): WritingEngine {
  const open = (root: string) => openTable(root, { connection })
  return {
    name: 'ours',
    async rows(root, schema, version) {
      const snapshot = await (await open(root)).snapshot(version === undefined ? {} : { version })
      const columns = schema.fields.map((f) => {
        const name = quoteIdentifier(f.name)
        return f.type === 'binary' ? `lower(hex(${name})) AS ${name}` : name
      })
      const rows = await queryRows(connection, `SELECT ${columns.join(', ')} FROM (${await snapshot.scanSql()})`)
      return rows.map((row) => canonicalRow(row, schema))
    },
    async append(root, schema, rows) {
      await (await open(root)).append({ select: selectOf(schema, rows) })
    },
    async merge(root, schema, rows) {
      const source = selectOf(schema, rows)
      await (await open(root)).merge({ source, on: 'target.id = source.id', updateAll: true, insertAll: true })
    },
    async delete(root, where) {
      await (await open(root)).delete({ where })
    },
    async update(root, set, where) {
      await (await open(root)).update({ set, where })
    },
    async optimize(root) {
      await (await open(root)).optimize()
    },
    async vacuum(root) {
      await (await open(root)).vacuum({ retentionHours: 0, allowShortRetention: true })
    },
    async checkpoint(root) {
      await (await open(root)).checkpoint()
    },
    close: async () => undefined,
  }
}

/** Rows as a query of DuckDB in exactly the schema's types. */
export function selectOf(schema: StructType, rows: readonly Row[]): string {
  return rows
    .map(
      (row) =>
        `SELECT ${schema.fields.map((f) => `${duckConstant(row[f.name] ?? null, f.type)} AS ${quoteIdentifier(f.name)}`).join(', ')}`,
    )
    .join(' UNION ALL ')
}
