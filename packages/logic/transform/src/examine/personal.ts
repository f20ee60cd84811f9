import type { AnyDataset, ModelSpec } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import type { ExaminedModel, ModelFinding } from './examine.ts'
import { type LineageColumn, lineageOf, Unread } from './lineage.ts'
import { statementText } from './statement-text.ts'

export interface PersonalFindings<M extends ModelSpec = ModelSpec> {
  readonly found: readonly ModelFinding<M>[]
  /** Models whose SQL could not be followed: nothing is claimed of them. */
  readonly unread: readonly M[]
}

/**
 * Columns that are made of personal ones and do not say that they are personal: renamed, computed, by any way through the query. DuckDB's
 * parser reads the SQL of both stores; its tree is followed, nothing is bound or run.
 */
export async function examinePersonal<M extends ModelSpec>(
  models: readonly ExaminedModel<M>[],
  connection: DuckConnection,
): Promise<PersonalFindings<M>> {
  const found: ModelFinding<M>[] = []
  const unread: M[] = []
  for (const { model, datasets } of models) {
    const text = statementText(model.sql, datasets)
    const tree = JSON.parse((await connection.value<string>(`SELECT json_serialize_sql(${quoteLiteral(text)})`)) ?? '{}') as unknown
    try {
      const columns = lineageOf(tree, (name) => tableOf(name, datasets))
      found.push(...leaks(model, datasets.get(model.into), columns).map((fault) => ({ model, fault })))
    } catch (thrown) {
      if (!(thrown instanceof Unread)) throw thrown
      unread.push(model)
    }
  }
  return { found, unread }
}

function leaks(model: ModelSpec, into: AnyDataset | undefined, columns: readonly LineageColumn[]): readonly SluiceError[] {
  return Object.entries(into?.columns ?? {}).flatMap(([name, { personal }]) => {
    const of = columns.filter((column) => column.name === name.toLowerCase()).flatMap((column) => [...column.of])
    if (personal || of.length === 0 || model.reveals.includes(name)) return []
    const sources = [...new Set(of)].sort().join(', ')
    return [
      definitionErrors.invalid(`model ${model.name}: column ${name} is made of ${sources}, which is personal, and is not declared so`, {
        facts: { model: model.name, column: name, sources: of },
        next: `Declare ${name} with personal: true, or name it under reveals of the model where it says nothing of a person.`,
      }),
    ]
  })
}

/** Only personal columns are followed: the others are made of nothing. */
const tableOf = (name: string, datasets: ReadonlyMap<string, AnyDataset>): readonly LineageColumn[] | undefined => {
  const dataset = [...datasets.values()].find((each) => each.name.toLowerCase() === name)
  return (
    dataset &&
    Object.entries(dataset.columns).map(([column, { personal }]) => ({
      name: column.toLowerCase(),
      of: new Set(personal ? [`${column} of ${dataset.id}`] : []),
    }))
  )
}
