import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import {
  aDataset,
  aStatement,
  made,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherValues,
  refuseOtherWords,
} from '../base/shape.ts'
import type { Names } from '../base/types.ts'
import type { Columns, Kind, TypeIn } from '../columns/column.ts'
import type { AnyDataset, Dataset, DatasetTrait } from '../dataset/any-dataset.ts'
import {
  type Accepted,
  type Fresh,
  type Graded,
  type InOrder,
  type Length,
  type Matches,
  type NotNull,
  noGrade,
  type QualityRule,
  type RefersTo,
  type RowCount,
  type Violations,
} from '../dataset/quality-rules.ts'
import type { Bounded, Unique, Within } from '../dataset/row-checks.ts'
import type { Sql } from '../sql/parts.ts'
import { type StepOptions, stepFields } from './options.ts'
import { refuseOddStatement } from './refuse-statement.ts'
import type { Step } from './step.ts'

/** What the rules of a dataset found, as the output of their step. */
export interface QualityFound {
  readonly ok: boolean
  /** Rows looked at. */
  readonly rows: number
  /** The share of the rules that hold. */
  readonly score: number
  readonly passed: number
  readonly warned: number
  readonly failed: number
  /** By the name of the rule: rows that break it, and of a rule of the whole dataset what it looks at. */
  readonly figures: Readonly<Record<string, number | string | null>>
}

/** Rules of the rows that a dataset holds. Other steps that read it wait for them, unless all of them only warn. */
export interface Quality extends Step<QualityFound> {
  readonly kind: 'quality'
  readonly on: AnyDataset
  readonly checks: readonly Graded[]
  /** A condition over the columns of a row: no rule looks at other rows. */
  readonly where: Sql | undefined
  readonly otherwise: 'fail' | 'warn'
}

type Of<C, Kinds> = { readonly [K in keyof C & string]: Kind<TypeIn<C, K>> extends Kinds ? K : never }[keyof C & string]

/** Rules that a dataset of these columns can be held to. */
type RuleOf<C extends Columns> =
  | NotNull<Names<C>>
  | Accepted<Exclude<Names<C>, Of<C, 'json'>>>
  | Unique<Exclude<Names<C>, Of<C, 'json'>>>
  | Within<Bounded<C>>
  | Matches<Of<C, 'text'>>
  | Length<Of<C, 'text'>>
  | InOrder<Of<C, 'date'>>
  | InOrder<Of<C, 'timestamp'>>
  | RefersTo<Names<C>>
  | Fresh<Of<C, 'timestamp'>>
  | RowCount
  | Violations

type CheckOf<C extends Columns> = RuleOf<C> | Graded<RuleOf<C>>

/**
 * The rules are asked of all rows that the dataset holds, in one pass.
 * @throws `definition.invalid` for a column that is not there, and for two rules of one name
 */
export function quality<const Id extends string, const C extends Columns, const K extends readonly string[], const H extends DatasetTrait>(
  definition: StepOptions & {
    readonly on: Dataset<Id, C, K, H>
    readonly checks: readonly CheckOf<C>[]
    readonly where?: Sql<never>
    /** `warn` tells, and holds nothing up. */
    readonly otherwise?: 'fail' | 'warn'
  },
): Quality {
  refuseOddOptions('quality', definition, qualityOptions)
  const { name, where, otherwise = 'fail' } = definition
  const at = `quality ${String(name)}`
  const on = definition.on as unknown as AnyDataset
  refuseOther(at, 'on', on, aDataset)
  refuseOtherList(at, 'checks', definition.checks, made('a check such as notNull(...)', ...kinds, 'graded'))
  refuseOtherValues(at, { where }, { where: aStatement })
  refuseOtherWords(at, 'otherwise', otherwise, ['fail', 'warn'])
  if (definition.checks.length === 0) throw refused(at, 'it has no check', "List some: checks: [notNull('id')].")
  if (Object.keys(on.columns).length === 0) throw refused(at, `${on.id} declares no columns`, 'Check a dataset of rows.')
  const checks = definition.checks.map(
    (each): Graded => (each.kind === 'graded' ? (each as Graded) : { ...noGrade, kind: 'graded', rule: each as QualityRule }),
  )
  const reads = [...new Map([on, ...checks.flatMap(({ rule }) => readBy(rule))].map((each) => [each.id, each])).values()]
  const fields = { ...stepFields('quality', { ...definition, reads }), on, checks, where, otherwise }
  for (const { rule, where: own } of checks) {
    const missing = columnsIn(rule).find((column) => on.columns[column] === undefined)
    if (missing !== undefined) throw refused(at, `${on.id} has no column ${missing}`, 'Declare the column or correct the check.')
    const parts = [...(own?.parts ?? []), ...(where?.parts ?? []), ...(rule.kind === 'violations' ? rule.sql.parts : [])]
    refuseOddStatement(name, parts, [on, ...readBy(rule)], 'reads')
  }
  const names = checks.map(qualityName)
  const twice = names.find((each, index) => names.indexOf(each) < index)
  if (twice !== undefined) throw refused(at, `two checks are named ${twice}`, `Name one of them: graded(..., { name: '...' }).`)
  return frozen(fields)
}

const kinds = [
  'not_null',
  'accepted',
  'unique',
  'within',
  'matches',
  'length',
  'in_order',
  'refers_to',
  'row_count',
  'fresh',
  'violations',
] satisfies QualityRule['kind'][]

const readBy = (rule: QualityRule): readonly AnyDataset[] =>
  rule.kind === 'refers_to' ? [rule.to] : rule.kind === 'violations' ? rule.reads : []

export function columnsIn(rule: QualityRule): readonly string[] {
  if ('columns' in rule) return rule.columns
  return 'column' in rule ? [rule.column] : []
}

/** What a check is called where it was given no name: `matches(email)`. */
export function qualityName({ name, rule }: Pick<Graded, 'name' | 'rule'>): string {
  if (name !== undefined) return name
  return rule.kind === 'violations' ? rule.name : `${rule.kind}(${columnsIn(rule).join(',')})`
}

const qualityOptions = optionNames<Parameters<typeof quality>[0]>({
  name: true,
  in: true,
  after: true,
  retry: true,
  timeout: true,
  pool: true,
  description: true,
  on: true,
  checks: true,
  where: true,
  otherwise: true,
})
