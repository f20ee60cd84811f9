import { type Duration, durationMs, given, type Store } from '@sluice/core'
import { frozen } from '../base/frozen.ts'
import { optionNames } from '../base/shape.ts'
import type { None, Quote } from '../base/types.ts'
import type { Column, Columns, Kind, TypeIn } from '../columns/column.ts'
import { fragment } from '../sql/parts.ts'
import type {
  AnyDataset,
  Dataset,
  DatasetFacts,
  DatasetTrait,
  ExportFormat,
  Grants,
  QuarantineLimits,
  Ranges,
  Versions,
  ViewKind,
} from './any-dataset.ts'
import type { Bodies } from './bodies.ts'
import { type IndexOption, indexOf } from './indexes.ts'
import { foreignKeysOf, type ReferenceFault, type Target } from './references.ts'
import { refuseBadDataset } from './refuse.ts'
import { refuseOddArguments } from './refuse-odd.ts'
import { refuseOtherOrder } from './refuse-together.ts'
import type { Bounded, Unique, Within } from './row-checks.ts'

/** The columns: as declared, or as the bodies are read. */
type All<C extends Columns, B> = [B] extends [never] ? C : B extends Bodies<infer P extends Columns> ? P : C
/** `T`, where the dataset is in this store; else the sentence. */
type Only<S extends Store, Given extends Store, T, Sentence extends string> = [Given] extends [S] ? T : Sentence
/** `T`, where the dataset has columns of its own; else the sentence. */
type Tabular<B, F, T, Sentence extends string> = [B] extends [never] ? ([F] extends [never] ? T : Sentence) : Sentence
type Layer<Name extends string> = Name extends `${infer L}.${string}` ? L : never

/** Columns that the platform fills: whoever fills the versions leaves them out. */
type Kept<C extends Columns, V> = [V] extends [never]
  ? C
  : {
      readonly [N in keyof C]: N extends ValueOf<V, 'to' | 'current'>
        ? C[N] extends Column<infer T, infer Traits, infer Value>
          ? Column<T, Traits | 'computed', Value>
          : never
        : C[N]
    }
type ValueOf<V, N> = { [K in keyof V]: K extends N ? V[K] : never }[keyof V]

type HasOf<C, Key, Order, B, F, V, A, P> =
  | (Key extends readonly [] ? never : 'key')
  | ([Order] extends [never] ? never : 'order' | (Kind<TypeIn<C, Order>> extends 'timestamp' | 'date' ? 'time' : never))
  | ([V] extends [never] ? never : 'versions' | 'order' | 'time')
  | ([A] extends [never] ? never : 'view')
  | ([P] extends [never] ? never : 'partition')
  | ([B] extends [never] ? never : 'bodies')
  | ([F] extends [never] ? never : F extends ExportFormat ? 'exports' : 'files') extends infer H extends DatasetTrait
  ? H
  : never

/**
 * Declares a dataset once, for lake and warehouse alike, with what is true of it wherever it is used.
 * @throws `definition.invalid` for what the types do not see: odd names, a layer that the lake does not have, several of columns, bodies
 * and files.
 */
export function dataset<
  const Name extends `${string}.${string}`,
  const S extends 'lake' | 'warehouse',
  const C extends Columns = None,
  const B extends Bodies<unknown> = never,
  const Key extends readonly (keyof C & string)[] = readonly [],
  const Order extends keyof All<C, B> & string = never,
  const Ref extends Readonly<Record<string, Target>> = None,
  const F extends 'parquet' | 'csv' | 'ndjson' | `${string}/${string}` = never,
  const V extends VersionsOf<keyof C & string> = never,
  const A extends ViewKind = never,
  const P extends keyof C & string = never,
  const R extends keyof C & string = never,
>(
  /** `layer.name`; in the warehouse the layer is a schema. */
  name: Name,
  definition: {
    readonly on: S
    readonly columns?: C
    /**
     * `view`: its rows are those of the query of its model, each time it is read. `materialized view`: they are kept, and each run of the
     * model refreshes them, beside its readers where it has a key. No migration makes it.
     */
    readonly as?: Only<'warehouse', S, A, 'a view lies in the warehouse: leave as out, a table of the lake is filled by its model'>
    /** Answers as they came, and how they read as rows: `json('$.data[*]', fields)`, or `raw()`. */
    readonly bodies?: Only<
      'lake',
      S,
      Layer<Name> extends 'bronze' ? B : `bodies lie in bronze: name it bronze.<name>, not ${Name}`,
      'bodies lie in the lake: declare columns'
    >
    /** Files in gold: exports by their format, or what `lake.put` is present by its media type (a text, a PDF). */
    readonly files?: Only<
      'lake',
      S,
      Layer<Name> extends 'gold' ? F : `files lie in gold: name it gold.<name>, not ${Name}`,
      'files lie in the lake: declare columns'
    >
    /** Not null and unique; what `refresh: 'key'`, upserts and references go by. */
    readonly key?: Tabular<B, F, Key, 'a key is of a table: declare it where a model fills one'>
    /** The column that says which rows are newest: `${dataset.latest}`, `${dataset.since('3d')}`, `keep`. */
    readonly order?: Order
    /**
     * Its rows are versions of what the key names, each with the time from and to which it held (SCD 2): what `refresh: 'scd2'` and
     * `mode: 'scd2'` keep. `to` and `current` are filled by the platform. The key is what the versions are of, and `from`.
     */
    readonly versions?: Tabular<B, F, V, 'versions are of a table: declare them where a model fills one'>
    /**
     * The column that says to which partition a row belongs (a day, a region): what `refresh: 'partition'` makes anew as a whole. Not null,
     * and of the key where there is one. Files of the lake hold rows of one partition each.
     *
     * Or how a table of the warehouse is stored: `{ by: 'month', column: 'day' }`, one partition for each day, month or year (UTC) of the
     * column. Loads make them before their rows come, and `retain` drops those that are kept no longer.
     */
    readonly partition?: Tabular<B, F, P | Ranges<R>, 'partitions are of a table: declare one where a model fills it'>
    /** Who else may read or change it: `{ select: ['analysts'] }`. Roles of the server, which are made elsewhere. */
    readonly grants?: Only<'warehouse', S, Grants, 'a lake has no roles: grants are of the warehouse'>
    /** `'a'`, `['a', 'b']`, `{ unique: ['a'] }`, or with options: `{ on: 'day desc', where: 'paid', include: ['total'] }`. */
    readonly indexes?: Only<
      'warehouse',
      S,
      readonly IndexOption<keyof C & string>[],
      'a lake table has no indexes: leave them out, DuckDB reads the statistics of its files'
    >
    /**
     * Column -> the dataset whose key it holds; `'self'`; or `[dataset, column]`. Several columns, or two datasets that refer to each
     * other: `foreignKey`.
     */
    readonly references?: Only<
      'warehouse',
      S,
      { readonly [K in keyof Ref]: K extends keyof C & string ? ReferenceFault<C, Key, K, Ref[K]> : `there is no column ${Quote<K>} here` },
      'a lake table has no foreign keys: declare them where it is loaded'
    >
    /** Rules of each row. Not null, `oneOf` and the key are rules without saying so. */
    readonly checks?: Tabular<
      B,
      F,
      readonly (Within<Bounded<C>> | Unique<keyof C & string>)[],
      'checks are of a table: declare them where a model fills one'
    >
    readonly description?: string
    readonly owner?: string
    readonly tags?: readonly string[]
    /** How long rows stay, by the order column; how long bodies stay, by their logical time. */
    readonly keep?: [Order] extends [never]
      ? [F] extends [never]
        ? [B] extends [never]
          ? 'keep goes by the order column: declare order'
          : Duration
        : 'exports are kept by number: lake: { gold: { exports } } of the project'
      : Duration
    /**
     * How long a row stays beside the table that the row of another batch stands in for under its key (`90d` unless given). Of each key the
     * next in line stays longer: when one batch takes its row back, the row before it comes back, however old it is.
     */
    readonly superseded?: Key extends readonly [] ? 'rows stand in for one another under a key: declare key' : Duration
    /**
     * What a write by key takes from a file of the table is marked beside it, in a deletion vector, in place of writing the file anew
     * (`true`). A reader has to know them, as Spark, DuckDB and delta-rs do (PROTOCOL.md, Deletion Vectors).
     */
    readonly deletionVectors?: Only<
      'lake',
      S,
      Key extends readonly [] ? 'vectors mark what a write by key takes: declare key' : boolean,
      'deletion vectors are of a table of the lake: leave them out'
    >
    /** How old its newest batch may be. */
    readonly fresh?: Duration
    /**
     * The share of a batch, 0 to 1, above which rows in quarantine warn (`0.01` unless given) or fail the step (`0.1`). What is written
     * stays, and what would be made of it is not. `key: 'none'`: a row that breaks a rule of its key fails the step, whatever the share,
     * and nothing is written.
     */
    readonly quarantine?: Tabular<B, F, QuarantineLimits, 'rows of a table go to quarantine: declare it where a model fills one'>
  },
): Dataset<`${S}.${Name}`, Kept<All<C, B>, V>, Key, HasOf<All<C, B>, Key, Order, B, F, V, A, P>> {
  refuseOddArguments(name, definition, names)
  const {
    on,
    columns,
    key = [],
    versions,
    order = (versions as Versions | undefined)?.from,
    indexes = [],
    references = {},
    checks = [],
    description,
    owner,
    tags,
    keep,
    superseded,
    deletionVectors,
    fresh,
    quarantine,
  } = definition
  const bodies = definition.bodies as Bodies | undefined
  const id = `${on}.${name}`
  const facts: DatasetFacts = {
    ...given({
      description,
      owner,
      tags,
      fresh,
      quarantine: quarantine as QuarantineLimits | undefined,
      order: order as string | undefined,
      versions: versions as Versions | undefined,
      as: definition.as as ViewKind | undefined,
      ...(typeof definition.partition === 'object'
        ? { ranges: definition.partition as Ranges }
        : { partition: definition.partition as string | undefined }),
      grants: definition.grants as Grants | undefined,
      bodies,
      keep: keep as Duration | undefined,
      superseded: superseded as Duration | undefined,
      deletionVectors: deletionVectors as boolean | undefined,
      files: definition.files as string | undefined,
    }),
    indexes: (indexes as readonly IndexOption[]).map((each) => indexOf(each, new Set(Object.keys(columns ?? {})))),
    references: foreignKeysOf(id, key as readonly string[], references as Readonly<Record<string, Target>>),
    checks: checks as DatasetFacts['checks'],
  }
  const declared: Omit<AnyDataset, 'batch' | 'latest'> = {
    kind: 'dataset',
    id,
    on,
    name,
    columns: bodies?.columns ?? columns ?? {},
    key: key as readonly string[],
    facts,
  }
  refuseBadDataset(declared, columns !== undefined)
  return frozen({
    ...declared,
    batch: fragment({ kind: 'dataset', id, rows: 'batch' }),
    latest: fragment({ kind: 'dataset', id, rows: 'latest' }),
    since: (age: Duration) => {
      refuseOtherOrder(declared, 'since')
      return fragment({ kind: 'dataset', id, rows: 'since', ms: durationMs(age) })
    },
  }) as never
}

const names = optionNames<Parameters<typeof dataset>[1]>({
  on: true,
  columns: true,
  as: true,
  bodies: true,
  files: true,
  key: true,
  order: true,
  versions: true,
  partition: true,
  grants: true,
  indexes: true,
  references: true,
  checks: true,
  description: true,
  owner: true,
  tags: true,
  keep: true,
  superseded: true,
  deletionVectors: true,
  fresh: true,
  quarantine: true,
})

/** Columns by name; which of them can bound versions is looked at when the dataset is declared. */
interface VersionsOf<N extends string> {
  readonly from: N
  readonly to: N
  readonly current?: N
  readonly deleted?: N
  readonly missing?: 'close'
}
