import {
  a,
  action,
  always,
  anyRecord,
  count,
  either,
  type Form,
  filledText,
  flag,
  isAction,
  isList,
  isPlain,
  isText,
  list,
  oneOf,
  optional,
  options,
  record,
  refused,
  required,
  shown,
  stated,
} from '../options/form.ts'
import { transaction } from '../options/transaction.ts'
import type { CommitInfo } from '../protocol/actions.ts'
import { predicates } from '../read/predicate-form.ts'
import { isColumnar } from './columnar-rows.ts'
import type {
  DeleteOptions,
  InsertClause,
  MatchedClause,
  MergeOptions,
  NotMatchedBySourceClause,
  OverwriteOptions,
  OverwriteSettings,
  ReplaceBatchesOptions,
  ReplaceBatchesSettings,
  ReplaceBatchOptions,
  ReplaceBatchSettings,
  ReplacedBatch,
  Rows,
  SetClause,
  UpdateOptions,
  WriteOptions,
  WriteSettings,
} from './request.ts'
import type { Where } from './selection.ts'

const where: Form<Where> = either<Where>(
  'an SQL text or a list of predicates',
  { when: isText, form: filledText },
  { when: isList, form: predicates },
)

const values = record(filledText, 'Assign at least one column.') as Form<SetClause>
const allOrValues: Form<SetClause | 'all'> = (value, at) => {
  if (value === 'all') return
  if (!isPlain(value)) throw refused(at, `must be 'all' or SQL by column, but it is ${shown(value)}`, "Give 'all' or { column: 'SQL' }.")
  values(value, at)
}

const rows: Form<Rows> = (value, at) => {
  if (isColumnar(value)) return
  const isIterable = typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  if (!isIterable || value instanceof Map)
    throw refused(at, `must be rows, but it is ${shown(value)}`, 'Give an array, an iterable or an async iterable of objects.')
}

/** A write as one flat object: its rows come from exactly one of two options. */
type Flat<Settings> = Settings & { readonly select?: string; readonly rows?: Rows }
const oneSource = oneOf<{ readonly select?: string; readonly rows?: Rows }>(['select', 'rows'], 1)

/** `commitInfo` of a write that counts its rows in some way. */
const counting = <Count>(): Form<CommitInfo | ((rows: Count) => CommitInfo | Promise<CommitInfo>)> =>
  either<CommitInfo | ((rows: Count) => CommitInfo | Promise<CommitInfo>)>(
    'an object or a function that makes one',
    { when: isAction, form: action },
    { when: isPlain, form: anyRecord },
  )

const sent = {
  select: stated(filledText),
  rows: stated(rows),
  ifVersion: stated(count),
  evolve: optional(flag),
  types: optional(
    list(options<{ readonly name: string; readonly type: string }>({ name: required(filledText), type: required(filledText) })),
  ),
} as const

const written = { ...sent, txn: stated(transaction), commitInfo: optional(counting<number>()) } as const

export const writeOptions = options<Flat<WriteSettings>>(written, oneSource) as Form<WriteOptions>

export const overwriteOptions = options<Flat<OverwriteSettings>>(
  { ...written, replaceWhere: stated(where), overwriteSchema: optional(flag) },
  oneSource,
) as Form<OverwriteOptions>

export const replaceBatchOptions = options<Flat<ReplaceBatchSettings>>(
  {
    ...written,
    column: required(filledText),
    value: required(
      a('a text, a number, a bigint or a boolean', (value) => ['string', 'number', 'bigint', 'boolean'].includes(typeof value)),
    ),
  },
  oneSource,
) as Form<ReplaceBatchOptions>

const onlyOnce = (value: Flat<ReplaceBatchesSettings>, at: string): void => {
  oneSource(value, at)
  const seen = new Set<string>()
  for (const [index, batch] of value.batches.entries()) {
    const names = [`the value ${batch.value}`, ...(batch.txn === undefined ? [] : [`the application id ${batch.txn.appId}`])]
    const again = names.find((name) => seen.has(name))
    if (again !== undefined) throw refused(`${at}.batches[${index}]`, `has ${again} a second time`, 'Name each batch once.')
    for (const name of names) seen.add(name)
  }
}

export const replaceBatchesOptions = options<Flat<ReplaceBatchesSettings>>(
  {
    ...sent,
    column: required(filledText),
    batches: required(list(options<ReplacedBatch>({ value: required(filledText), txn: stated(transaction) }), 'Name at least one batch.')),
    commitInfo: optional(counting<ReadonlyMap<string, number>>()),
  },
  onlyOnce,
) as Form<ReplaceBatchesOptions>

const changed = { txn: stated(transaction), ifVersion: stated(count), commitInfo: optional(anyRecord) } as const

export const deleteOptions = options<DeleteOptions>({ ...changed, where: stated(where) })

export const updateOptions = options<UpdateOptions>({ ...changed, set: required(values), where: stated(where) })

/** Every clause form has all keys, so that a misspelt one is told from a missing one. */
interface AnyClause {
  readonly when?: string
  readonly update?: SetClause | 'all'
  readonly delete?: true
}

const when = stated(filledText)
const matched = options<AnyClause>({ when, update: optional(allOrValues), delete: optional(always) }, oneOf(['update', 'delete'], 1))
const insert = options<InsertClause>({ when, insert: required(allOrValues) })
const bySource = options<AnyClause>({ when, update: optional(values), delete: optional(always) }, oneOf(['update', 'delete'], 1))

export const mergeOptions = options<MergeOptions>({
  ...changed,
  source: required(either<string | Rows>('SQL or rows', { when: isText, form: filledText }, { when: () => true, form: rows })),
  on: required(filledText),
  matched: optional(list(matched) as Form<readonly MatchedClause[]>),
  notMatched: optional(list(insert)),
  notMatchedBySource: optional(list(bySource) as Form<readonly NotMatchedBySourceClause[]>),
  updateAll: optional(flag),
  insertAll: optional(flag),
  evolve: optional(flag),
})
