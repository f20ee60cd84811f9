import { given } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aDataset, aText, optionNames, refuseOddOptions, refuseOther, refuseOtherMembers } from '../base/shape.ts'
import type { None } from '../base/types.ts'
import type { Columns } from '../columns/column.ts'
import type { AnyDataset, Dataset, DatasetTrait } from '../dataset/any-dataset.ts'
import { aSource, type Source } from '../source/source.ts'
import { type StepOptions, stepFields } from './options.ts'
import { type PullFault, refuseOtherTarget } from './pull-columns.ts'
import type { Step } from './step.ts'

/** What a pull did: its output. */
export interface Pulled {
  /** Batches that were written: of files, one each. */
  readonly batches: number
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
}

/** Takes what is new in a source into a dataset of the lake. */
export interface Pull extends Step<Pulled> {
  readonly kind: 'pull'
  readonly from: Source
  readonly into: AnyDataset
  /** Column of `into` -> its name in the source, where it is another one. */
  readonly columns: Readonly<Record<string, string>>
}

/**
 * Declares the step that takes what is new in a source. Columns go by their names: as they are written, then without case, spaces and
 * accents (`Order ID` fills `order_id`).
 * @throws `definition.invalid`
 */
export function pull<
  const From extends Source,
  const Id extends string,
  const C extends Columns,
  const K extends readonly string[],
  const H extends DatasetTrait,
  const M extends Readonly<Record<string, string>> = None,
>(
  definition: Omit<StepOptions, 'name'> & {
    /** `pull_<source>` unless given. */
    readonly name?: string
    readonly from: From
    readonly into: PullFault<From, Id, H, Dataset<Id, C, K, H>>
    /** Where names differ: column of `into` -> its name in the source. */
    readonly columns?: { readonly [N in keyof M]: N extends keyof C ? M[N] : `there is no column '${N & string}' to fill` } & {
      readonly [N in keyof C & string]?: string
    }
  },
): Pull {
  refuseOddPull(definition)
  const into = definition.into as unknown as AnyDataset
  const { from, columns = {} } = definition as { readonly from: Source; readonly columns?: Readonly<Record<string, string>> }
  const name = definition.name ?? `pull_${from.name}`
  const description = definition.description ?? from.description
  return frozen({
    ...stepFields('pull', { ...definition, ...given({ description }), name, reads: readsOf(from), fills: [into] }),
    from,
    into,
    columns,
  })
}

/** An API may be asked by ids that a dataset holds. */
const readsOf = (from: Source): readonly AnyDataset[] => ('reads' in from ? from.reads : [])

const pullOptions = optionNames<Parameters<typeof pull>[0]>({
  name: true,
  in: true,
  after: true,
  retry: true,
  timeout: true,
  pool: true,
  description: true,
  from: true,
  into: true,
  columns: true,
})

/** What the types say of a pull's options. @throws `definition.invalid` */
function refuseOddPull(definition: object): void {
  refuseOddOptions('pull', definition, pullOptions)
  const { name, from, into, columns = {} } = definition as Readonly<Partial<Record<string, unknown>>>
  const where = `pull ${typeof name === 'string' ? name : ''}`.trim()
  refuseOther(where, 'from', from, aSource)
  refuseOther(where, 'into', into, aDataset)
  refuseOtherTarget(where, from as Source, into as AnyDataset)
  refuseOtherMembers(where, 'columns', columns, aText)
  if ((from as Source).kind === 'rest-source' && Object.keys(columns as object).length > 0)
    throw refused(where, 'it maps columns, and answers are landed as they come', 'Name the columns in json(...) of the dataset.')
  const known = (into as AnyDataset).columns
  const names = Object.entries(columns as Readonly<Record<string, string>>)
  const stranger = names.find(([column]) => !Object.hasOwn(known, column))
  if (stranger !== undefined) {
    throw refused(where, `there is no column "${stranger[0]}" in ${(into as AnyDataset).id}`, 'Correct the name under columns.')
  }
  const twice = names.find(([, of], at) => names.findIndex(([, other]) => other === of) !== at)
  if (twice !== undefined) throw refused(where, `two columns are to be filled from "${twice[1]}"`, 'Name it once under columns.')
}
