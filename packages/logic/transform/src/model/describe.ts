import { definitionErrors } from '@sluice/core'
import { type DuckColumn, type DuckConnection, duckdbErrors } from '@sluice/duckdb'

/**
 * The columns a query gives, without running it. @throws `definition.invalid` for what DuckDB refuses to bind, which is the author's to
 * correct
 */
export async function describe(
  connection: DuckConnection,
  model: { readonly name: string },
  query: string,
): Promise<readonly DuckColumn[]> {
  try {
    return await connection.columns(query)
  } catch (thrown) {
    if (!duckdbErrors.failed.is(thrown)) throw thrown
    throw definitionErrors.invalid(`model ${model.name}: ${thrown.message}`, {
      cause: thrown,
      facts: { ...thrown.facts, model: model.name },
      next: 'Correct the SQL of the model: DuckDB names the place.',
    })
  }
}
