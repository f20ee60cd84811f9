import { randomUUID } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { queryRows, quoteIdentifier } from './sql.ts'

/** Temporary tables of one change. Their names are its own, so that changes on one connection do not disturb each other. */
export interface Scratch extends AsyncDisposable {
  /** Keeps the rows of a SELECT, and returns the table's quoted name. */
  keep(select: string): Promise<string>
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
    async [Symbol.asyncDispose]() {
      for (const name of names.splice(0)) await queryRows(connection, `DROP TABLE IF EXISTS temp.${name}`)
    },
  }
}
