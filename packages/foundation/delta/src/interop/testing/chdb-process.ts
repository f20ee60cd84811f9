import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * ClickHouse in a process that answers lines, because its tables must lie under the working directory. Usage: `chdb-process.ts FOLDER`,
 * where FOLDER is the installation. The answer to a request `{sql, format}` is the text of the result.
 */
interface Chdb {
  query(sql: string, format: string): string
}

const { query } = createRequire(join(process.argv[2] ?? '.', 'package.json'))('chdb') as Chdb
const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`)

say({ ok: 'ready' })
for await (const line of createInterface({ input: process.stdin })) {
  const { sql, format } = JSON.parse(line) as { sql: string; format: string }
  try {
    say({ ok: query(sql, format) })
  } catch (error) {
    say({ error: String(error).slice(0, 4000) })
  }
}
