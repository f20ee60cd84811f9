import { type AnyDataset, type Model, observedOf } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'
import type { DuckColumn } from '@sluice/duckdb'
import { planRows, type RowsPlan, rowsDialect } from '../rows/plan.ts'

/**
 * Plans the staging of a query whose output columns are known. Of rows that are equally new a refresh by key keeps the last, as an upsert
 * does.
 * @throws `definition.invalid` naming missing and undeclared columns, or a type that no strict cast leads to.
 */
export function planModel(model: Pick<Model, 'name' | 'into' | 'refresh'>, query: string, output: readonly DuckColumn[]): RowsPlan {
  const [fault] = columnFaults(model, output)
  if (fault !== undefined) throw fault
  return planRows({ into: givenBy(model), query, output, ofEqual: model.refresh === 'key' || model.refresh === 'scd2' ? 'last' : 'first' })
}

/** The dataset with the columns that the query gives: what bounds versions is not among them. */
export const givenBy = ({ into, refresh }: Pick<Model, 'into' | 'refresh'>): AnyDataset => (refresh === 'scd2' ? observedOf(into) : into)

/**
 * Why the columns of a query are not those of its dataset, all at once: missing and undeclared ones, and types that no strict cast leads
 * to.
 */
export function columnFaults(model: Pick<Model, 'name' | 'into' | 'refresh'>, output: readonly DuckColumn[]): readonly SluiceError[] {
  const given = new Map(output.map((column) => [column.name.toLowerCase(), column]))
  const declared = Object.entries(givenBy(model).columns)
  const missing = declared.filter(([name]) => !given.has(name.toLowerCase())).map(([name]) => name)
  const wanted = new Set(declared.map(([name]) => name.toLowerCase()))
  const extra = output.filter((column) => !wanted.has(column.name.toLowerCase())).map((column) => column.name)
  return [
    ...(missing.length > 0 || extra.length > 0 ? [otherColumns(model, missing, extra)] : []),
    ...declared.flatMap(([name, { type }]) => {
      const source = given.get(name.toLowerCase())?.type
      return source === undefined || rowsDialect.converts(type, source) ? [] : [noConversion(model, name, source, type.kind)]
    }),
  ]
}

function otherColumns(model: Pick<Model, 'name' | 'into'>, missing: readonly string[], extra: readonly string[]): SluiceError {
  const parts = [
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`it has ${extra.join(', ')}, which ${extra.length === 1 ? 'is' : 'are'} not declared`]),
  ]
  return definitionErrors.invalid(`model ${model.name}: the query does not give the columns of ${model.into.id}: ${parts.join('; ')}`, {
    facts: { model: model.name, missing, extra },
    next: 'Make the columns of the query and those of the dataset the same.',
  })
}

function noConversion(model: Pick<Model, 'name'>, column: string, from: string, to: string): SluiceError {
  return definitionErrors.invalid(`model ${model.name}: column ${column} is declared ${to}, the query gives ${from}`, {
    facts: { model: model.name, column, from, to },
    next: `Convert it in the query, for example epoch_ms(${column}) for milliseconds, to_json(${column}) for nested values, NULL::TIMESTAMPTZ for nothing.`,
  })
}
