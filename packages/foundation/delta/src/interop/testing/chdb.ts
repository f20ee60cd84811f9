import { cpSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type DeltaType, decimalOf, type StructType } from '../../schema/schema.ts'
import { quoteLiteral } from '../../sql.ts'
import type { Engine } from './engine.ts'
import { folderOf, type Installation, runToInstall } from './installation.ts'
import { startLineProcess } from './line-process.ts'
import { canonicalRow, type Row, type Value } from './values.ts'

/** ClickHouse with the Rust Delta kernel, as an npm package with its own manifest and lock file. */
export const chdb: Installation = {
  name: 'chdb',
  contents: 'chdb@3.4.0',
  megabytes: 170,
  async install(folder) {
    cpSync(resolve(import.meta.dirname, '../../../interop/chdb'), folder, { recursive: true })
    // Not `npm ci`: it needs the library of every platform in the lock file, and a registry may not have them all.
    await runToInstall('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
    await runToInstall(process.execPath, [join(import.meta.dirname, 'chdb-process.ts'), folder], { cwd: folder })
  },
}

export interface Chdb extends Engine {
  sql(statement: string): Promise<Record<string, unknown>[]>
}

/** chdb sees only tables under the folder for temporary files. */
export async function startChdb(): Promise<Chdb> {
  const child = await startLineProcess(process.execPath, [join(import.meta.dirname, 'chdb-process.ts'), folderOf(chdb)], {
    cwd: realpathSync(tmpdir()),
    env: { TZ: 'UTC' },
  })
  const sql = async (statement: string) => {
    const text = (await child.ask({ sql: statement, format: 'JSONEachRow' })) as string
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }
  return {
    name: 'chdb',
    sql,
    async rows(root, schema, version) {
      const columns = schema.fields.map((f) => (f.type === 'binary' ? `lower(hex(\`${f.name}\`)) AS \`${f.name}\`` : `\`${f.name}\``))
      const settings = `output_format_json_quote_64bit_integers = 1, output_format_json_quote_decimals = 1, output_format_json_quote_denormals = 1,
        session_timezone = 'UTC'${version === undefined ? '' : `, delta_lake_snapshot_version = ${version}`}`
      const rows = await sql(`SELECT ${columns.join(', ')} FROM deltaLakeLocal(${quoteLiteral(root)}) SETTINGS ${settings}`)
      return rows.map((row) => canonicalRow(row, schema))
    },
    close: () => child.close(),
  }
}

/** A row as ClickHouse can represent it: nested columns are never NULL. */
export function asInClickHouse(row: Row, schema: StructType): Row {
  return Object.fromEntries(schema.fields.map((f) => [f.name, withoutNull(row[f.name] ?? null, f.type)]))
}

function withoutNull(value: Value, type: DeltaType): Value {
  if (typeof type === 'string' || decimalOf(type) !== undefined) return value
  if (type.type !== 'struct') return value ?? []
  return Object.fromEntries(type.fields.map((f) => [f.name, withoutNull((value as Row | null)?.[f.name] ?? null, f.type)]))
}
