import { refused } from '../base/faults.ts'
import type { ColumnType } from '../columns/column.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'

type Kind = ColumnType['kind']

/** What a value of a kind may also be stored as. */
const fitting: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  integer: ['bigint', 'decimal', 'double'],
  bigint: ['decimal'],
  date: ['timestamp'],
  json: ['text'],
}

/** What the types say of the columns of a load: column of `into` -> column of `from`. @throws `definition.invalid` */
export function refuseOddColumnMap(
  step: string,
  from: AnyDataset,
  into: AnyDataset,
  columns: Readonly<Record<string, string>>,
  computed: (column: string) => boolean,
): void {
  const refuse = (what: string, next: string) => refused(`load ${step}`, what, next)
  for (const [name, source] of Object.entries(columns)) {
    const [to, of] = [into.columns[name], from.columns[source]]
    if (to === undefined) throw refuse(`there is no column "${name}" in ${into.id}`, 'Correct the name under columns.')
    if (of === undefined) throw refuse(`there is no column "${source}" in ${from.id}`, 'Correct the name under columns.')
    if (computed(name)) throw refuse(`${name} is computed by the database`, 'Leave it out.')
    const [kind, wanted] = [of.type.kind, to.type.kind]
    if (kind !== wanted && fitting[kind]?.includes(wanted) !== true) {
      throw refuse(`${name} is ${wanted} and ${source} is ${kind}`, 'Cast it in a model first.')
    }
    if (of.personal && !to.personal) throw refuse(`${source} is personal and ${name} is not`, 'Declare it personal, or leave it out.')
  }
  const missing = Object.entries(into.columns).find(
    ([name, { notNull, filled }]) => notNull && !filled && !computed(name) && columns[name] === undefined,
  )
  if (missing !== undefined) {
    throw refuse(`nothing fills ${missing[0]} of ${into.id}, which must not be null`, 'Name its source under columns.')
  }
  if (Object.keys(columns).length === 0) throw refuse(`no column of ${from.id} fills one of ${into.id}`, 'Name them under columns.')
}
