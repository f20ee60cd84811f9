import type { Instant, Interval, Json } from '@sluice/core'
import { frozen } from '../base/frozen.ts'
import { anObject, aText, made, refuseOddOptions, refuseOther, refuseOtherList } from '../base/shape.ts'
import type { SomeOf } from '../columns/rows.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import { withOutputs } from '../sql/outputs.ts'
import type { Model } from './model.ts'

/** Given these rows, the model gives those. Typed by the columns of both sides; run on an engine of its own, no clock but `at`. */
export interface ModelTest {
  readonly kind: 'model_test'
  readonly model: Model
  /** By the name that the query gives the dataset. */
  readonly given: Readonly<Record<string, readonly object[]>>
  /** The data interval; of one instant where only its end matters. */
  readonly interval: Interval
  /** Outputs of the steps that the model needs, by the name that it gives them. */
  readonly needs: Readonly<Record<string, Json>>
  readonly expect: readonly object[]
  /** The common table expression whose rows are expected, in the place of those of the model. */
  readonly cte?: string
  /** Its stack leads to the call that made it. Not enumerable. */
  readonly definedAt: Error
}

/**
 * What a model gives for rows of its sources: `export const keepsTheLast = given(hourly, { market: [...] }, { expect: [...] })` in a file
 * of `models/`, run by `sluice models test`. A value that is left out of a given row is null, or what the database fills in; a column that
 * no expected row names is not compared.
 */
export function given<From, Into>(
  model: Model<From, Into>,
  rows: { readonly [N in keyof From]: readonly SomeOf<From[N]>[] },
  then: {
    /** The data interval, or its end. Default 2026-01-01T00:00:00Z. */
    readonly at?: Instant | Interval
    /** Outputs of the steps that it needs, by the name that it gives them. */
    readonly needs?: Readonly<Record<string, Json>>
    readonly expect: readonly SomeOf<Into>[]
  },
): ModelTest {
  refuseOddTest(model as unknown as Model, rows, then, ['at', 'needs', 'expect'])
  return testOf(model as unknown as Model, rows, then)
}

/**
 * What one common table expression of a model's query gives: `givenCte(hourly, { market: [...] }, { cte: 'priced', expect: [...] })`.
 * Values are compared as texts of the types that the query gives its columns; nothing is cast or judged.
 */
export function givenCte<From, Into>(
  model: Model<From, Into>,
  rows: { readonly [N in keyof From]: readonly SomeOf<From[N]>[] },
  then: {
    /** Its name, among those that the query begins with. */
    readonly cte: string
    /** The data interval, or its end. Default 2026-01-01T00:00:00Z. */
    readonly at?: Instant | Interval
    /** Outputs of the steps that it needs, by the name that it gives them. */
    readonly needs?: Readonly<Record<string, Json>>
    readonly expect: readonly Readonly<Record<string, unknown>>[]
  },
): ModelTest {
  refuseOddTest(model as unknown as Model, rows, then, ['at', 'needs', 'expect', 'cte'])
  refuseOther('givenCte', 'cte', then.cte, aText)
  return testOf(model as unknown as Model, rows, then)
}

interface Then {
  readonly at?: Instant | Interval
  readonly needs?: Readonly<Record<string, Json>>
  readonly cte?: string
  readonly expect: readonly object[]
}

function testOf(model: Model, rows: object, { at = newYear, needs = {}, cte, expect }: Then): ModelTest {
  const fields = {
    kind: 'model_test',
    model,
    given: rows as ModelTest['given'],
    interval: typeof at === 'number' ? { start: at, end: at } : at,
    needs,
    expect,
    ...(cte === undefined ? {} : { cte }),
  } as const
  return frozen(
    Object.defineProperty(fields, 'definedAt', { value: new Error(model.name) }) as typeof fields & Pick<ModelTest, 'definedAt'>,
  )
}

/** What the types say of a test. @throws `definition.invalid` */
function refuseOddTest(model: Model, rows: object, then: object, options: readonly string[]): void {
  refuseOther('given', 'the model', model, made('a model', 'model'))
  const where = `test of model ${model.name}`
  refuseOddOptions(where, rows, Object.keys(model.from as object))
  for (const [name, each] of Object.entries(rows)) refuseOtherList(where, name, each, anObject)
  refuseOddOptions(where, then, options)
  refuseOddOptions(`${where}, needs`, Reflect.get(then, 'needs') ?? {}, Object.keys(model.needs))
  refuseOtherList(where, 'expect', Reflect.get(then, 'expect'), anObject)
}

/** 2026-01-01T00:00:00Z, as in `testWorld`. */
const newYear = 1_767_225_600_000

/** A test as its runner needs it. JSON, but for the functions of datasets. */
export interface ModelTestSpec extends Pick<ModelTest, 'interval' | 'expect' | 'cte'> {
  readonly model: Pick<Model, 'name' | 'refresh' | 'sql'> & { readonly into: AnyDataset }
  /** The sources with their rows. */
  readonly sources: readonly { readonly dataset: AnyDataset; readonly rows: readonly object[] }[]
}

export const modelTestSpec = ({
  model: { name, refresh, sql, into, from },
  given,
  interval,
  needs,
  expect,
  cte,
}: ModelTest): ModelTestSpec => ({
  model: { name, refresh, sql: withOutputs(sql, needs), into },
  sources: Object.entries(from as Readonly<Record<string, AnyDataset>>).map(([name, dataset]) => ({ dataset, rows: given[name] ?? [] })),
  interval,
  expect,
  ...(cte === undefined ? {} : { cte }),
})
