import { type DatasetRef, given } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import {
  aDataset,
  aFunction,
  aStatement,
  aText,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherMembers,
  refuseOtherWords,
  shown,
} from '../base/shape.ts'
import type { None } from '../base/types.ts'
import type { Columns } from '../columns/column.ts'
import type { AnyDataset, Dataset, DatasetTrait, IdOf, StoreOf } from '../dataset/any-dataset.ts'
import { isView } from '../dataset/view.ts'
import { outputRefs } from '../sql/outputs.ts'
import { batchesIn, datasetsIn, type QueryContext, queryContext, type Sql, type SqlPart } from '../sql/parts.ts'
import type { Declared } from '../statement/declared.ts'
import type { InputsOf, Named, Needed } from './needs.ts'
import { type StepOptions, stepFields } from './options.ts'
import { type Refresh, type RefreshFault, refreshes } from './refresh.ts'
import { refuseOddStatement } from './refuse-statement.ts'
import type { SourceFault } from './sources.ts'
import type { Step } from './step.ts'

/** `tell`: it goes on, and the log says so. `refuse`: it fails. `rebuild`: the table of the lake is made anew from its batches first. */
export type WhenChanged = 'tell' | 'refuse' | 'rebuild'

/** SQL that fills one dataset. Its columns are cast strictly: a value that does not fit sends the row to quarantine. */
export interface Model<From = unknown, Into = AnyDataset> extends Step<DatasetRef> {
  readonly kind: 'model'
  readonly from: From
  readonly into: Into
  readonly refresh: Refresh
  readonly inEachPipeline: boolean
  /** It is skipped where no batch at hand brings a row. */
  readonly skipsNothingNew: boolean
  /** What a run does where rows that are there were made by another definition of the model. */
  readonly whenChanged: WhenChanged
  /** Columns that are made of personal ones and say nothing of a person. */
  readonly reveals: readonly string[]
  /** Run before and behind the write, in its transaction. */
  readonly hooks: Required<Hooks>
  /** The query, with the bounds of the interval as references. */
  readonly sql: Sql
  /** Its stack leads to the call that made it: where a fault of the query is told. Not enumerable, since it says nothing of the model. */
  readonly definedAt: Error
}

/** Statements of PostgreSQL. */
export interface Hooks {
  readonly before?: readonly Sql[]
  readonly after?: readonly Sql[]
}

/** What `into` may be: a table. */
type TableFault<Id extends string, C extends Columns, K extends readonly string[], H extends DatasetTrait> = string extends Id
  ? Dataset<Id, C, K, H>
  : [H & ('bodies' | 'files' | 'exports')] extends [never]
    ? Dataset<Id, C, K, H>
    : `${Id} has no columns of its own to fill: a model fills a table`

/**
 * Declares the query that fills a dataset. It is called twice, at once, and must give the same both times.
 * @throws `definition.invalid` for a query that is not pure, does not read one of its sources, or would add all rows again in each run.
 */
export function model<
  const Id extends string,
  const C extends Columns,
  const K extends readonly string[],
  const H extends DatasetTrait,
  const R extends Refresh,
  U extends string,
  const From extends Named = None,
  const N extends Named = None,
>(
  definition: Omit<StepOptions, 'name'> & {
    /** The dataset's name unless given; so is the description. */
    readonly name?: string
    readonly into: TableFault<Id, C, K, H>
    /** The datasets that the query reads, by the name that it gives them. */
    readonly from?: { readonly [N in keyof From]: SourceFault<From[N], Id> }
    /** Steps whose output the query is given, by the name that it gives them: `${inputs.chosen.day}`. */
    readonly needs?: Needed<N>
    readonly refresh: RefreshFault<R, Id, K, H>
    /** Of a batch that several pipelines take, each adds the rows: a dataset without a key then holds them more than once. */
    readonly inEachPipeline?: true
    /**
     * Where no batch that the query reads brings a row (each was taken already), the step is skipped, with the reason, and so is what
     * needs it. Left out, it is evaluated all the same.
     */
    readonly nothingNew?: 'skip'
    /**
     * Where the SQL or the columns of the model have changed since its last batch: `tell` goes on and says so in the log (so it does unless
     * given), `refuse` fails, `rebuild` makes the table anew from its batches first. A full refresh makes all rows anew in any case.
     */
    readonly whenChanged?: StoreOf<Id> extends 'lake' ? WhenChanged : Exclude<WhenChanged, 'rebuild'>
    /**
     * Statements around the write, in its transaction, in the order given: sql`analyze ${daily}`. They may name what the model reads and
     * fills. A replay of the batch does not run them.
     */
    readonly hooks?: StoreOf<Id> extends 'warehouse' ? Hooks : 'a write of the lake is one commit: hooks are of the warehouse'
    /** Columns that the query makes of personal ones and that say nothing of a person, such as a mean: `validate` lets them be. */
    readonly reveals?: readonly (keyof C & string)[]
    /** A pure function of its sources, the run's interval and references to outputs. It may also read the dataset that it fills. */
    readonly query: (sources: From, context: QueryContext<InputsOf<N>>) => Declared<U, IdOf<From[keyof From]> | Id, StoreOf<Id>, 'from'>
  },
): Model<From, Dataset<Id, C, K, H>> {
  refuseOddModel(definition)
  const into = definition.into as unknown as Dataset<Id, C, K, H>
  const name = definition.name ?? into.name
  const sources = (definition.from ?? {}) as unknown as From
  const query = definition.query as (sources: From, context: object) => Sql
  const context = { ...queryContext, inputs: outputRefs(Object.keys(definition.needs ?? {})) }
  const sql = pureSql(name, () => query(sources, context))
  const refresh = definition.refresh as Refresh
  const { inEachPipeline = false, reveals = [] } = definition
  const description = definition.description ?? into.facts.description
  const from = Object.values(sources) as readonly AnyDataset[]
  refuseOddStatement(name, sql.parts, [into, ...from], 'from')
  refuseBadQuery({ name, sql, sources: sources as Readonly<Record<string, AnyDataset>>, refresh, into })
  if (definition.nothingNew !== undefined && batchesIn(sql).length === 0)
    throw refused(
      `step ${name}`,
      'it is to be skipped where no batch is at hand, and its query reads none',
      'Read a batch, or take nothingNew away.',
    )
  const reads = datasetsIn(sql).includes(into.id) ? [...from, into] : from
  const fields = {
    ...stepFields('model', { ...definition, ...given({ description }), name, reads, fills: [into] }),
    from: sources,
    into,
    refresh,
    inEachPipeline,
    skipsNothingNew: definition.nothingNew === 'skip',
    whenChanged: (definition.whenChanged ?? 'tell') as WhenChanged,
    reveals,
    hooks: hooksOf(definition, [into, ...from]),
    sql,
  }
  return frozen(Object.defineProperty(fields, 'definedAt', { value: new Error(name) }) as typeof fields & Pick<Model, 'definedAt'>)
}

const modelOptions = optionNames<Parameters<typeof model>[0]>({
  name: true,
  in: true,
  after: true,
  retry: true,
  timeout: true,
  pool: true,
  description: true,
  into: true,
  from: true,
  needs: true,
  refresh: true,
  inEachPipeline: true,
  nothingNew: true,
  whenChanged: true,
  hooks: true,
  reveals: true,
  query: true,
})

/** What the types say of a model's options. @throws `definition.invalid` */
function refuseOddModel(definition: object): void {
  refuseOddOptions('model', definition, modelOptions)
  const { name, into, from = {}, refresh, reveals = [], query } = definition as Readonly<Partial<Record<string, unknown>>>
  const where = `model ${typeof name === 'string' ? name : aDataset.is(into) ? (into as AnyDataset).name : shown(into)}`
  refuseOther(where, 'into', into, aDataset)
  const { id, key, facts, columns } = into as AnyDataset
  if ((facts.bodies ?? facts.files) !== undefined) {
    throw refused(where, `${id} has no columns of its own to fill`, 'Name a table under into.')
  }
  refuseOtherMembers(where, 'from', from, aDataset)
  refuseOtherWords(where, 'refresh', refresh, refreshes)
  if (isView(into as AnyDataset) && refresh !== 'view')
    throw refused(where, `${id} is a ${facts.as}, and refresh is ${shown(refresh)}`, "Fill it by refresh: 'view'.")
  if (!isView(into as AnyDataset) && refresh === 'view')
    throw refused(where, `${id} is a table, and refresh is "view"`, "Declare it as: 'view' or 'materialized view'.")
  if (refresh === 'key' && key.length === 0) throw refused(where, `${id} declares no key, which refresh: 'key' goes by`, 'Declare its key.')
  if (refresh === 'scd2' && facts.versions === undefined)
    throw refused(where, `${id} declares no versions, which refresh: 'scd2' keeps`, 'Declare versions: { from, to }.')
  if (refresh !== 'scd2' && refresh !== 'full' && facts.versions !== undefined)
    throw refused(where, `${id} keeps versions, and refresh is ${shown(refresh)}`, "Fill it by refresh: 'scd2', or by 'full'.")
  if (refresh === 'partition' && facts.partition === undefined)
    throw refused(where, `${id} declares no partition, which refresh: 'partition' goes by`, "Declare partition: '<its column>'.")
  refuseOtherList(where, 'reveals', reveals, aText)
  for (const name of reveals as readonly string[]) refuseOtherWords(where, 'a member of reveals', name, Object.keys(columns))
  const { nothingNew, whenChanged } = definition as Readonly<Partial<Record<string, unknown>>>
  if (nothingNew !== undefined) refuseOtherWords(where, 'nothingNew', nothingNew, ['skip'])
  const { on } = into as AnyDataset
  if (whenChanged !== undefined)
    refuseOtherWords(where, 'whenChanged', whenChanged, on === 'lake' ? ['tell', 'refuse', 'rebuild'] : ['tell', 'refuse'])
  refuseOther(where, 'query', query, aFunction)
}

/** What would end the transaction of the write, or stand outside of it. */
const ofTransactions = /^(?:abort|begin|commit|end|prepare\s+transaction|release|rollback|savepoint|start)\b/i

/** @throws `definition.invalid` */
function hooksOf(definition: object, known: readonly AnyDataset[]): Required<Hooks> {
  const { hooks = {}, into } = definition as { readonly hooks?: Hooks; readonly into: AnyDataset }
  const where = `model ${into.name}, hooks`
  refuseOddOptions(where, hooks, optionNames<Hooks>({ before: true, after: true }))
  const { before = [], after = [] } = hooks
  if (before.length + after.length > 0 && into.on !== 'warehouse')
    throw refused(where, 'a write of the lake is one commit', 'Write a task behind the model.')
  for (const [name, list] of Object.entries({ before, after })) {
    refuseOtherList(where, name, list, aStatement)
    for (const { parts } of list) {
      refuseOddStatement(into.name, parts, known, 'from')
      const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
      const bare = text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim()
      if (ofTransactions.test(bare))
        throw refused(
          where,
          `"${bare.slice(0, 40)}" is of transactions, and hooks are inside of one`,
          'Take it away: the write and its hooks are one.',
        )
    }
  }
  return { before, after }
}

/** What a pure function gives. @throws `definition.invalid` when it is not a statement, or another one the second time */
export function pureSql(step: string, query: () => Sql): Sql {
  const [once, twice] = [query(), query()]
  refuseOther(`step ${step}`, 'what the query gives', once, aStatement)
  if (JSON.stringify(once.parts) === JSON.stringify(twice.parts)) return once
  throw refused(
    `step ${step}`,
    'the query gives different SQL when called twice',
    'Make it a pure function of its sources and the interval: no clock, no random numbers, no environment.',
  )
}

function refuseBadQuery({ name, sql, sources, refresh, into }: QueryParts): void {
  const read = datasetsIn(sql)
  const unread = Object.entries(sources).find(([, { id }]) => !read.includes(id))
  if (unread !== undefined) throw refused(`step ${name}`, `the query does not read "${unread[0]}"`, 'Take it out of from.')
  if (refresh === 'view') refuseOfRun(name, sql, into.id, 'view')
  if (refresh === 'partition') {
    refuseOfRun(name, sql, into.id, 'query by partition')
    refuseUnpartitioned(name, into, Object.values(sources))
  }
  if (refresh === 'scd2' && read.includes(into.id))
    throw refused(`step ${name}`, 'it reads the dataset whose versions it fills', 'Read what the versions are made of.')
  if (refresh === 'batch' && read.length > 0 && !sql.parts.some(narrows)) {
    throw refused(
      `step ${name}`,
      'refresh: "batch" without a batch would add all rows again in each run',
      "Read the batch of a source, or the rows from interval.start on; or say refresh: 'full'.",
    )
  }
}

/** What does not depend on a run cannot name what belongs to one. @throws `definition.invalid` */
function refuseOfRun(name: string, sql: Sql, into: string, called: string): void {
  for (const part of sql.parts) {
    const what =
      part.kind === 'output'
        ? 'an output of a step'
        : part.kind === 'instant' && typeof part.at === 'string'
          ? `interval.${part.at}`
          : part.kind === 'dataset' && part.rows !== 'all'
            ? `.${part.rows} of ${part.id}`
            : undefined
    if (what !== undefined)
      throw refused(`step ${name}`, `its ${called} reads ${what}, which only a run has`, 'Read whole datasets, or refresh it otherwise.')
    if (part.kind === 'dataset' && part.id === into) throw refused(`step ${name}`, `its ${called} reads itself`, 'Read what it is made of.')
  }
}

/** What says which partitions have changed. @throws `definition.invalid` */
function refuseUnpartitioned(name: string, { id, columns, facts }: AnyDataset, sources: readonly AnyDataset[]): void {
  const { partition = '' } = facts
  const where = `step ${name}`
  const odd = sources.find((source) => (source.facts.bodies ?? source.facts.files ?? source.facts.as) !== undefined)
  if (odd !== undefined)
    throw refused(
      where,
      `it is made by partition and reads ${odd.id}, which is not a table: nothing tells what changed in it`,
      'Read tables.',
    )
  const kind = columns[partition]?.type.kind
  const other = sources.find((source) => source.columns[partition] !== undefined && source.columns[partition].type.kind !== kind)
  if (other !== undefined)
    throw refused(
      where,
      `${partition} is ${kind} in ${id} and ${other.columns[partition]?.type.kind} in ${other.id}`,
      'Make both the same.',
    )
  if (!sources.some((source) => source.columns[partition] !== undefined))
    throw refused(
      where,
      `none of its sources has the column ${partition}, by which partitions of ${id} change`,
      'Read one that has it, by that name.',
    )
}

interface QueryParts {
  readonly name: string
  readonly sql: Sql
  readonly sources: Readonly<Record<string, AnyDataset>>
  readonly refresh: Refresh
  readonly into: AnyDataset
}

/** The end of the interval does not: many a query only stamps its rows with it. */
const narrows = (part: SqlPart): boolean => (part.kind === 'dataset' ? part.rows !== 'all' : part.kind === 'instant' && part.at === 'start')
