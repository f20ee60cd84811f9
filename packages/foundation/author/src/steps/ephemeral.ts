import type { Store } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aText, optionNames, refuseOddOptions, refuseOther, refuseOtherWords } from '../base/shape.ts'
import type { None } from '../base/types.ts'
import type { Columns } from '../columns/column.ts'
import type { Dataset, IdOf } from '../dataset/any-dataset.ts'
import { dataset } from '../dataset/dataset.ts'
import type { QueryContext, Sql, SqlPart } from '../sql/parts.ts'
import { quotedName } from '../sql/quoted-name.ts'
import type { Declared } from '../statement/declared.ts'
import { type Model, model } from './model.ts'
import type { Named } from './needs.ts'
import type { SourceFault } from './sources.ts'

/** A query that several models share and nothing stores: in their SQL it stands as a subquery with its columns. */
export interface Ephemeral<From = unknown, Into = unknown, Uses extends string = string> extends Sql<Uses> {
  readonly name: string
  /** The same as a model, for tests: `given(paid.model, { sales: [...] }, { expect: [...] })`. */
  readonly model: Model<From, Into>
}

/**
 * Declares a query that models share: sql`select * from ${paid}`. A model that uses it names the datasets that it reads under `from`, since
 * it reads them. @throws `definition.invalid` as `model`
 */
export function ephemeral<
  const Name extends string,
  const S extends Store,
  const C extends Columns,
  U extends string,
  const From extends Named = None,
>(
  name: Name,
  definition: {
    readonly on: S
    /** What it gives: a query that gives others does not pass `sluice validate`. */
    readonly columns: C
    /** The datasets that it reads, by the name that it gives them. */
    readonly from: { readonly [N in keyof From]: SourceFault<From[N], `${S}.x`> }
    /** A pure function of its sources and the run's interval. */
    readonly query: (sources: From, context: QueryContext) => Declared<U, IdOf<From[keyof From]>, S, 'from'>
  },
): Ephemeral<From, Dataset<`${S}.ephemeral.${Name}`, C, readonly [], never>, IdOf<From[keyof From]>> {
  refuseOther('ephemeral', 'its name', name, aText)
  const where = `ephemeral ${name}`
  refuseOddOptions(where, definition, optionNames<Parameters<typeof ephemeral>[1]>({ on: true, columns: true, from: true, query: true }))
  refuseOtherWords(where, 'on', definition.on, ['lake', 'warehouse'])
  if (!/^[A-Za-z]\w*$/.test(name)) throw refused(where, 'its name is not a word', 'Write letters, digits and underscores.')
  const schema = definition.on === 'lake' ? 'silver' : 'ephemeral'
  const into = dataset(`${schema}.${name}`, { on: definition.on as 'lake', columns: definition.columns as Columns })
  const asModel = model({ name, into, from: definition.from, refresh: 'full', query: definition.query } as never) as unknown as Model
  const columns = Object.keys(definition.columns).map(quotedName)
  const parts: readonly SqlPart[] = [
    { kind: 'text', text: `(select ${columns.join(', ')} from (` },
    ...asModel.sql.parts,
    { kind: 'text', text: `\n) as ${name})` },
  ]
  return frozen({ kind: 'sql', parts, name, model: asModel }) as never
}
