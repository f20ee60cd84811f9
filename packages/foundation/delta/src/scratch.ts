import { randomUUID } from 'node:crypto'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api'
import { queryRows, quoteIdentifier } from './sql.ts'

/** A column by name and DuckDB type. Without a type all its values are NULL. */
export interface ScratchColumn {
  readonly name: string
  readonly type: string | undefined
}

/** At most 2,048 rows, the values of each column. */
export interface ScratchChunk {
  readonly rows: number
  readonly columns: readonly (readonly DuckDBValue[])[]
}

/** The temporary tables of one change. Their names are unique, so that several changes can share a connection. */
export interface Scratch extends AsyncDisposable {
  /** Stores the rows of a SELECT in a temporary table and returns its quoted name. */
  keep(select: string): Promise<string>
  /** Stores texts in a temporary table with the one column `line` and returns its quoted name. */
  keepLines(lines: AsyncIterable<string>): Promise<string>
  /** Stores values by column in a temporary table and returns its quoted name. */
  keepColumns(columns: readonly ScratchColumn[], chunks: AsyncIterable<ScratchChunk>): Promise<string>
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
    async keepColumns(columns, chunks) {
      const bare = `delta_${randomUUID()}`
      const list = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type ?? 'BOOLEAN'}`)
      await queryRows(connection, `CREATE TEMP TABLE ${quoteIdentifier(bare)} (${list.join(', ')})`)
      names.push(quoteIdentifier(bare))
      const Chunk = await chunkClassOf(connection)
      const appender = await connection.createAppender(bare, 'main', 'temp')
      const types = columns.map((_, index) => appender.columnType(index))
      try {
        for await (const { rows, columns: values } of chunks) {
          const chunk = Chunk.create(types, rows)
          for (const [index, some] of values.entries()) chunk.setColumnValues(index, some)
          appender.appendDataChunk(chunk)
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

/** From a result, not imported: the connection may come from another copy of DuckDB's package, whose chunks are of another class. */
async function chunkClassOf(connection: DuckDBConnection): Promise<typeof DuckDBDataChunk> {
  const chunk = await (await connection.run('SELECT 1')).fetchChunk()
  return chunk?.constructor as typeof DuckDBDataChunk
}
