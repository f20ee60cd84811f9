import { definitionErrors } from '@sluice/core'
import { type DuckConnection, duckdbErrors } from '@sluice/duckdb'
import type { OutputColumn } from './plan.ts'

/**
 * The columns a query gives, without running it. @throws `definition.invalid` for what DuckDB refuses to bind, which is the author's to
 * correct
 */
export async function describe(
  connection: DuckConnection,
  model: { readonly name: string },
  query: string,
): Promise<readonly OutputColumn[]> {
  try {
    const rows = await connection.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${query}`)
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }))
  } catch (thrown) {
    if (!duckdbErrors.failed.is(thrown)) throw thrown
    throw definitionErrors.invalid(`model ${model.name}: ${thrown.message}`, {
      cause: thrown,
      facts: { ...thrown.facts, model: model.name },
      next: 'Correct the SQL of the model: DuckDB names the place.',
    })
  }
}
