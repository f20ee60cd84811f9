import type { DatasetRef } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aDataset, aText, optionNames, refuseOddOptions, refuseOther, refuseOtherMembers, refuseOtherWords, shown } from '../base/shape.ts'
import type { None } from '../base/types.ts'
import type { Columns } from '../columns/column.ts'
import type { AnyDataset, Dataset, DatasetTrait } from '../dataset/any-dataset.ts'
import { boundsOf } from '../dataset/versions.ts'
import { isView } from '../dataset/view.ts'
import type { Loadable, LoadFault, MapFault } from './load-columns.ts'
import { type StepOptions, stepFields } from './options.ts'
import { refuseOddColumnMap } from './refuse-columns.ts'
import type { Step } from './step.ts'

/**
 * `append`: new rows of the batch; a key that is there already is a fault. `new`: rows of new keys; the others stand aside. `upsert`:
 * insert or update by the key. `scd2`: what differs from what was seen before begins another version. `full`: the rows of the newest batch
 * are the whole table. A rerun replaces exactly its own batch's rows.
 */
export type LoadMode = 'append' | 'new' | 'upsert' | 'scd2' | 'full'

interface Goes {
  readonly append: never
  readonly new: 'key'
  readonly upsert: 'key'
  readonly scd2: 'versions'
  readonly full: never
}

type ModeFault<M extends LoadMode, H, To extends string> = [LoadMode] extends [M]
  ? 'append' | 'full' | 'new' | 'scd2' | 'upsert'
  : 'view' extends H
    ? `${To} is a view, which its model makes: load a table`
    : [Goes[M]] extends [H]
      ? 'versions' extends H
        ? M extends 'scd2'
          ? M
          : `${To} keeps versions: load it by mode: 'scd2'`
        : M
      : `${To} declares no ${Goes[M]}, which mode: '${M}' goes by`

/** The crossing from lake to warehouse: the batches at hand, in one transaction with their receipt. */
export interface Load extends Step<DatasetRef> {
  readonly kind: 'load'
  readonly from: AnyDataset
  readonly into: AnyDataset
  readonly mode: LoadMode
  readonly inEachPipeline: boolean
  /** It is skipped where no batch at hand brings a row. */
  readonly skipsNothingNew: boolean
  /** The parameter of a run that names a version of the table to load. */
  readonly versionParam: string | null
  /** Column of `into` -> column of `from`. */
  readonly columns: Readonly<Record<string, string>>
}

/** Columns of one name map by themselves, unless the database computes them. */
export function load<
  const Id extends string,
  const C extends Columns,
  const OfFrom extends DatasetTrait,
  const To extends string,
  const D extends Columns,
  const K extends readonly string[],
  const H extends DatasetTrait,
  const Mode extends LoadMode,
  const M extends Readonly<Record<string, string>> = None,
>(
  definition: Omit<StepOptions, 'name'> & {
    /** `load_<table>` unless given. */
    readonly name?: string
    readonly from: Dataset<Id, C, readonly string[], OfFrom>
    readonly into: LoadFault<Id, C, To, D, M, Dataset<To, D, K, H>>
    readonly mode: ModeFault<Mode, H, To>
    /** Of a batch that several pipelines take, each adds the rows: a table without a key then holds them more than once. */
    readonly inEachPipeline?: true
    /**
     * Where no batch at hand brings a row (each is loaded already), the step is skipped, with the reason, and with it what needs it. Left
     * out, it writes a batch of no rows.
     */
    readonly nothingNew?: 'skip'
    /**
     * A parameter of the pipeline: a run that gives it a version of the table (`sluice lake history`) loads all rows of that one, in the
     * place of the batches at hand.
     */
    readonly versionParam?: string
    /** Where names differ: column of `into` -> column of `from`. */
    readonly columns?: { readonly [N in keyof M]: MapFault<C, D, N, M[N]> } & { readonly [N in Loadable<D>]?: string }
  },
): Load {
  refuseOddLoad(definition)
  const from = definition.from as unknown as AnyDataset
  const into = definition.into as unknown as AnyDataset
  const name = definition.name ?? `load_${into.name.split('.')[1] ?? into.name}`
  const bounds = boundsOf(into)
  const computed = (column: string): boolean => {
    const { generated, identity } = into.columns[column] ?? {}
    return identity === true || generated !== undefined || bounds.includes(column)
  }
  const same = Object.keys(into.columns).filter((column) => Object.hasOwn(from.columns, column) && !computed(column))
  const columns = {
    ...Object.fromEntries(same.map((column) => [column, column])),
    ...(definition.columns as Readonly<Record<string, string>>),
  }
  refuseOddColumnMap(name, from, into, columns, computed)
  return frozen({
    ...stepFields('load', { ...definition, name, reads: [from], fills: [into] }),
    from,
    into,
    mode: definition.mode as LoadMode,
    inEachPipeline: definition.inEachPipeline ?? false,
    skipsNothingNew: definition.nothingNew === 'skip',
    versionParam: definition.versionParam ?? null,
    columns,
  })
}

const loadOptions = optionNames<Parameters<typeof load>[0]>({
  name: true,
  in: true,
  after: true,
  retry: true,
  timeout: true,
  pool: true,
  description: true,
  from: true,
  into: true,
  mode: true,
  inEachPipeline: true,
  nothingNew: true,
  versionParam: true,
  columns: true,
})

/** What the types say of a load's options. @throws `definition.invalid` */
function refuseOddLoad(definition: object): void {
  refuseOddOptions('load', definition, loadOptions)
  const { name, from, into, mode, columns = {} } = definition as Readonly<Partial<Record<string, unknown>>>
  const where = `load ${typeof name === 'string' ? name : ''}`.trim()
  refuseOther(where, 'from', from, aDataset)
  refuseOther(where, 'into', into, aDataset)
  const [of, to] = [from as AnyDataset, into as AnyDataset]
  if (of.on !== 'lake') throw refused(where, `${of.id} is not in the lake`, 'Inside the warehouse a model does it.')
  if (to.on !== 'warehouse') throw refused(where, `${to.id} is not in the warehouse`, 'Inside the lake a model does it.')
  if (isView(to)) throw refused(where, `${to.id} is a ${to.facts.as}, which its model makes`, 'Load a table, and let the view read it.')
  refuseOtherWords(where, 'mode', mode, ['append', 'new', 'upsert', 'scd2', 'full'])
  if ((mode === 'upsert' || mode === 'new') && to.key.length === 0)
    throw refused(where, `${to.id} declares no key, which mode: '${mode}' goes by`, 'Declare its key.')
  if (mode === 'scd2' && to.facts.versions === undefined)
    throw refused(where, `${to.id} declares no versions, which mode: 'scd2' keeps`, 'Declare versions: { from, to }.')
  if (mode !== 'scd2' && to.facts.versions !== undefined)
    throw refused(where, `${to.id} keeps versions, and mode is ${shown(mode)}`, "Load it by mode: 'scd2'.")
  const { nothingNew, versionParam } = definition as Readonly<Partial<Record<string, unknown>>>
  if (nothingNew !== undefined) refuseOtherWords(where, 'nothingNew', nothingNew, ['skip'])
  if (versionParam !== undefined) refuseOther(where, 'versionParam', versionParam, aText)
  refuseOtherMembers(where, 'columns', columns, aText)
}
