import { join } from 'node:path'
import type { StructType } from '../../schema/schema.ts'
import type { WritingEngine } from './engine.ts'
import { folderOf, type Installation, installPython, pythonIn, runToInstall } from './installation.ts'
import { startLineProcess } from './line-process.ts'
import { canonicalRow, type Row } from './values.ts'

/** The Rust implementation of Delta, from PyPI. pyarrow transports the rows. */
export const deltaRs: Installation = {
  name: 'delta-rs',
  contents: 'deltalake==1.6.6 pyarrow==26.0.1',
  megabytes: 120,
  async install(folder) {
    await installPython(folder, this.contents.split(' '))
    await runToInstall(pythonIn(folder), ['-c', 'import deltalake, pyarrow'])
  },
}

export interface DeltaRs extends WritingEngine {
  create(root: string, schema: object, rows: readonly Row[], partitionBy: readonly string[]): Promise<void>
  /** The answer to a query of DataFusion over the table `t`. */
  query(root: string, sql: string, version?: number): Promise<Record<string, unknown>[]>
  version(root: string): Promise<number>
  /** The rows that pyarrow reads of an Arrow IPC stream in a file. */
  readArrow(path: string, schema: StructType): Promise<Row[]>
  /** An Arrow IPC stream by pyarrow. `texts` says in which of Arrow's forms. */
  writeArrow(path: string, schema: StructType, rows: readonly Row[], texts: 'plain' | 'dictionary' | 'large' | 'view'): Promise<void>
}

export async function startDeltaRs(): Promise<DeltaRs> {
  const folder = folderOf(deltaRs)
  const child = await startLineProcess(pythonIn(folder), [join(import.meta.dirname, 'delta_rs.py')], {
    cwd: folder,
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  })
  const change = async (op: string, root: string, more: object = {}) => {
    await child.ask({ op, root, ...more })
  }
  const query = async (root: string, sql: string, version?: number) =>
    (await child.ask({ op: 'read', root, sql, ...(version === undefined ? {} : { version }) })) as Record<string, unknown>[]
  return {
    name: 'delta-rs',
    query,
    version: async (root) => (await child.ask({ op: 'version', root })) as number,
    async readArrow(path, schema) {
      return ((await child.ask({ op: 'read_arrow', root: path })) as Record<string, unknown>[]).map((row) => canonicalRow(row, schema))
    },
    writeArrow: (path, schema, rows, texts) => change('write_arrow', path, { schema: JSON.stringify(schema), rows, texts }),
    async rows(root, schema, version) {
      return (await query(root, 'SELECT * FROM t', version)).map((row) => canonicalRow(row, schema))
    },
    create: (root, schema, rows, partitionBy) => change('create', root, { schema: JSON.stringify(schema), rows, partitionBy }),
    append: (root, schema, rows) => change('append', root, { schema: JSON.stringify(schema), rows }),
    merge: (root, schema, rows) => change('merge', root, { schema: JSON.stringify(schema), rows }),
    delete: (root, where) => change('delete', root, { where }),
    update: (root, set, where) => change('update', root, { set, where }),
    optimize: (root) => change('optimize', root),
    vacuum: (root) => change('vacuum', root),
    checkpoint: (root) => change('checkpoint', root),
    close: () => child.close(),
  }
}
