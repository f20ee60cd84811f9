import type { Store } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import {
  aDataset,
  aText,
  made,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherValues,
  refuseOtherWords,
} from '../base/shape.ts'
import type { None } from '../base/types.ts'
import type { AnyDataset, IdOf, IdsOf, StoreOf } from '../dataset/any-dataset.ts'
import { outputRefs } from '../sql/outputs.ts'
import { datasetsIn, type QueryContext, queryContext, type Sql } from '../sql/parts.ts'
import type { Declared } from '../statement/declared.ts'
import { pureSql } from './model.ts'
import type { InputsOf, Named, Needed } from './needs.ts'
import { type StepOptions, stepFields } from './options.ts'
import { refuseOddStatement } from './refuse-statement.ts'
import type { Step } from './step.ts'

/**
 * What a check found, as its output: whether the rule holds, and the figures that its row gives by name. An instant is text, and so is a
 * list.
 */
export interface CheckFigures {
  readonly ok: boolean
  readonly [figure: string]: string | number | boolean | null
}

/** A rule of whole datasets. Other steps that read them wait for it, unless it only warns. */
export interface Check extends Step<CheckFigures> {
  readonly kind: 'check'
  /** The datasets that it guards. */
  readonly on: readonly AnyDataset[]
  readonly sql: Sql
  readonly message: string
  readonly next: string | undefined
  readonly otherwise: 'fail' | 'warn'
  /** Its stack leads to the call that made it. Not enumerable, since it says nothing of the check. */
  readonly definedAt: Error
}

type Guarded<On> = On extends readonly unknown[] ? IdsOf<On> : IdOf<On>
/** The rule, or what is wrong with it. One that an earlier fault has left without types passes. */
type RuleFault<U extends string, Id extends string, Reads extends readonly AnyDataset[], N> = string extends Id
  ? Sql<U> | ((context: QueryContext<InputsOf<N>>) => Sql<U>)
  : [Store] extends [StoreOf<Id>]
    ? 'a rule runs in one store, and these datasets lie in two: write a check for each'
    : Declared<U, Id | IdsOf<Reads>, StoreOf<Id>, 'reads'> extends infer D
      ? D extends Sql
        ? Sql<U> | ((context: QueryContext<InputsOf<N>>) => Sql<U>)
        : D
      : never

/**
 * `rule` selects one row whose first column says whether the rule holds; its other columns may stand in the message as `{name}`. A null
 * does not hold.
 * @throws `definition.invalid` for a rule that is not pure or does not read what it is on
 */
export function check<
  const On extends AnyDataset | readonly [AnyDataset, ...AnyDataset[]],
  U extends string,
  const Reads extends readonly AnyDataset[] = readonly [],
  const N extends Named = None,
>(
  definition: StepOptions & {
    /** Steps whose output the rule is given, by the name that it gives them: `${inputs.loaded.quarantined}`. */
    readonly needs?: Needed<N>
    /** One dataset, or several: steps that read them wait for the check. */
    readonly on: On
    /** What the rule compares them with. */
    readonly reads?: Reads
    readonly rule: RuleFault<U, Guarded<On>, Reads, N>
    readonly message: string
    /** What to do about it, one sentence. */
    readonly next?: string
    /** `warn` tells, and holds nothing up. */
    readonly otherwise?: 'fail' | 'warn'
  },
): Check {
  refuseOddCheck(definition)
  const { name, message, next, otherwise = 'fail' } = definition
  const on = ('kind' in definition.on ? [definition.on] : definition.on) as readonly AnyDataset[]
  const rule = definition.rule as unknown as Sql | ((context: object) => Sql)
  const context = { ...queryContext, inputs: outputRefs(Object.keys(definition.needs ?? {})) }
  const sql = typeof rule === 'function' ? pureSql(name, () => rule(context)) : rule
  const read = datasetsIn(sql)
  const reads = [...on, ...(definition.reads ?? [])]
  refuseOddStatement(name, sql.parts, reads, 'reads')
  const unread = reads.find(({ id }) => !read.includes(id))
  if (unread !== undefined) {
    throw refused(`step ${name}`, `the rule does not read ${unread.id}`, 'Take the dataset out of on or reads.')
  }
  const { rule: _, ...options } = definition
  const fields = { ...stepFields('check', { ...options, reads }), on, sql, message, next, otherwise }
  return frozen(Object.defineProperty(fields, 'definedAt', { value: new Error(name) }) as typeof fields & Pick<Check, 'definedAt'>)
}

const checkOptions = optionNames<Parameters<typeof check>[0]>({
  name: true,
  in: true,
  after: true,
  retry: true,
  timeout: true,
  pool: true,
  description: true,
  needs: true,
  on: true,
  reads: true,
  rule: true,
  message: true,
  next: true,
  otherwise: true,
})

/** What the types say of a check's options. @throws `definition.invalid` */
function refuseOddCheck(definition: object): void {
  refuseOddOptions('check', definition, checkOptions)
  const { name, on, rule, message, next, reads = [], otherwise = 'fail' } = definition as Readonly<Partial<Record<string, unknown>>>
  const where = `check ${String(name)}`
  if (Array.isArray(on)) refuseOtherList(where, 'on', on, aDataset)
  else refuseOther(where, 'on', on, aDataset)
  if (Array.isArray(on) && on.length === 0) throw refused(where, 'it is on no dataset', 'Name those that it guards under on.')
  refuseOtherList(where, 'reads', reads, aDataset)
  refuseOther(where, 'rule', typeof rule === 'function' ? { kind: 'sql' } : rule, made('sql`...`, or a function that gives it', 'sql'))
  refuseOther(where, 'message', message, aText)
  refuseOtherValues(where, { next }, { next: aText })
  refuseOtherWords(where, 'otherwise', otherwise, ['fail', 'warn'])
}
