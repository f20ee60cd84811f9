import { join } from 'node:path'
import type { StructType } from '../../schema/schema.ts'
import type { Workplace } from '../../testing/workplace.ts'
import type { WritingEngine } from './engine.ts'
import { folderOf, type Installation, installPython, pythonIn, runToInstall } from './installation.ts'
import { startLineProcess } from './line-process.ts'
import { canonicalRow, type Row } from './values.ts'

const pyspark = 'pyspark==4.2.0'
const package_ = 'io.delta:delta-spark_2.13:4.4.0'
const script = join(import.meta.dirname, 'spark.py')

/** Spark from PyPI. Its own Ivy fetches Delta from Maven Central, or from `DEFAULT_ARTIFACT_REPOSITORY` when that is set. Needs Java 17. */
export const spark: Installation = {
  name: 'spark',
  contents: `${pyspark} ${package_}`,
  megabytes: 520,
  async install(folder) {
    await ensureJava()
    await installPython(folder, [pyspark])
    await runToInstall(pythonIn(folder), [script, package_, join(folder, 'ivy')], { cwd: folder })
  },
}

async function ensureJava(): Promise<void> {
  try {
    await runToInstall('java', ['-version'])
  } catch (cause) {
    if (process.getuid?.() !== 0) throw cause
    await runToInstall('apt-get', ['update', '--quiet'])
    await runToInstall('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', 'openjdk-17-jre-headless'])
  }
}

export interface Spark extends WritingEngine {
  /** Runs one statement, over the view `source` when the request has rows. */
  sql(statement: string, source?: { readonly schema: StructType; readonly rows: readonly Row[] }): Promise<Record<string, unknown>[]>
}

/** What a test of Spark and us needs. Spark is there when the tests run. */
export interface WithSpark extends Workplace {
  readonly spark: () => Spark
}

/** A table by its folder. */
export function sparkTable(root: string): string {
  return `delta.\`${root.replaceAll('`', '``')}\``
}

/** One session for a whole test file, because it takes about ten seconds to start, and more than a gigabyte. */
export async function startSpark(): Promise<Spark> {
  const folder = folderOf(spark)
  const child = await startLineProcess(pythonIn(folder), [script, package_, join(folder, 'ivy')], {
    cwd: folder,
    env: { TZ: 'UTC', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const sql: Spark['sql'] = async (statement, source) => {
    const more = source === undefined ? {} : { schema: JSON.stringify(source.schema), rows: source.rows }
    return (await child.ask({ statement, ...more })) as Record<string, unknown>[]
  }
  const columns = (schema: StructType) => schema.fields.map((f) => `\`${f.name}\``).join(', ')
  return {
    name: 'Spark',
    sql,
    async rows(root, schema, version) {
      const at = version === undefined ? '' : ` VERSION AS OF ${version}`
      return (await sql(`SELECT * FROM ${sparkTable(root)}${at}`)).map((row) => canonicalRow(row, schema))
    },
    async append(root, schema, rows) {
      await sql(`INSERT INTO ${sparkTable(root)} (${columns(schema)}) SELECT * FROM source`, { schema, rows })
    },
    async merge(root, schema, rows) {
      const statement = `MERGE INTO ${sparkTable(root)} t USING source s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`
      await sql(statement, { schema, rows })
    },
    async delete(root, where) {
      await sql(`DELETE FROM ${sparkTable(root)} WHERE ${where}`)
    },
    async update(root, set, where) {
      const assignments = Object.entries(set).map(([name, value]) => `${name} = ${value}`)
      await sql(`UPDATE ${sparkTable(root)} SET ${assignments.join(', ')} WHERE ${where}`)
    },
    async optimize(root) {
      await sql(`OPTIMIZE ${sparkTable(root)}`)
    },
    async vacuum(root) {
      await sql(`VACUUM ${sparkTable(root)} RETAIN 0 HOURS`)
    },
    async checkpoint(root) {
      await child.ask({ checkpoint: root })
    },
    close: () => child.close(),
  }
}
