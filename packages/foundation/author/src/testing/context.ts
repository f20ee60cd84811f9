/**
 * A context as the capabilities would make one, small: so that lines on what a step reads and fills stand in this package. `sluice` has the
 * real one.
 */
import type { Columns, ContextSlot, Declared, Fillable, RunContext } from '../index.ts'
import { authoring, type RowOf } from '../index.ts'

interface Lake<Reads extends string, Fills extends string> {
  land<const D>(
    dataset: Fillable<D, Fills, 'bodies', 'does not hold bodies: declare bodies: json(...), or fill it with a model'>,
    pages: AsyncIterable<string>,
  ): Promise<{ readonly rows: number }>
  put<const D>(
    dataset: Fillable<D, Fills, 'files', 'does not hold files: declare files, or fill it with a model'>,
    content: string | Uint8Array,
  ): Promise<{ readonly rows: number }>
  rows<const C extends Columns, U extends string>(
    columns: C,
    statement: Declared<U, Reads | Fills, 'lake', 'reads'>,
  ): Promise<readonly RowOf<C>[]>
}
interface Warehouse<Reads extends string, Fills extends string> {
  rows<const C extends Columns, U extends string>(
    columns: C,
    statement: Declared<U, Reads | Fills, 'warehouse', 'reads'>,
  ): Promise<readonly RowOf<C>[]>
}
/** For helpers: without the stores, which depend on the step. */
export interface Context extends RunContext {
  readonly http: { get(url: string): Promise<string> }
}
export interface StoresContext<Reads extends string = string, Fills extends string = string> extends Context {
  readonly lake: Lake<Reads, Fills>
  readonly warehouse: Warehouse<Reads, Fills>
}
interface Sample extends ContextSlot {
  readonly context: StoresContext<this['reads'], this['fills']>
}
export const { task, sensor } = authoring<Sample>()
