import { randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { queryRows, quoteIdentifier } from './sql.ts'

/** The temporary tables of one change. Their names are unique, so that several changes can share a connection. */
export interface Scratch extends AsyncDisposable {
  /** Stores the rows of a SELECT in a temporary table and returns its quoted name. */
  keep(select: string): Promise<string>
  /** Stores texts in a temporary table with the one column `line` and returns its quoted name. */
  keepLines(lines: AsyncIterable<string>): Promise<string>
}

export function scratchOn(connection: DuckDBConnection): Scratch {
  const names: string[] = []
  return {
    async keep(select) {
      const name = quoteIdentifier(`delta_${randomUUID()}`)
      await queryRows(connection, `CREATE TEMP TABLE ${name} AS ${select}`)
      names.push(name)
      return name
    },
    async keepLines(lines) {
      const bare = `delta_${randomUUID()}`
      await queryRows(connection, `CREATE TEMP TABLE ${quoteIdentifier(bare)} (line VARCHAR)`)
      names.push(quoteIdentifier(bare))
      const appender = await connection.createAppender(bare, 'main', 'temp')
      try {
        for await (const line of lines) {
          appender.appendVarchar(line)
          appender.endRow()
        }
      } finally {
        appender.closeSync()
      }
      return quoteIdentifier(bare)
    },
    async [Symbol.asyncDispose]() {
      for (const name of names.splice(0)) await queryRows(connection, `DROP TABLE IF EXISTS temp.${name}`)
    },
  }
}
