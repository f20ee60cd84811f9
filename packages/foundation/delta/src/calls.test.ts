import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alterations } from './alter/alter.ts'
import * as arrow from './arrow/index.ts'
import { DeltaError } from './errors.ts'
import * as library from './index.ts'
import type { ChangesOptions } from './read/changes.ts'
import type { Predicate } from './read/prune.ts'
import type { ScanOptions, Snapshot } from './read/snapshot.ts'
import type { Column } from './schema/schema.ts'
import * as gcs from './store/gcs.ts'
import { memoryBucket } from './store/memory.ts'
import * as s3 from './store/s3.ts'
import type { StageOptions } from './store/stage.ts'
import type { CreateOptions, DeltaTable, OpenOptions } from './table.ts'
import { action, type Case, count, flag, names, of, type Place, place, right, sql, wrongs } from './testing/places.ts'
import type {
  DeleteOptions,
  InsertClause,
  MergeOptions,
  OverwriteSettings,
  ReplaceBatchesSettings,
  ReplaceBatchSettings,
  ReplacedBatch,
  Rows,
  UpdateOptions,
  WriteSettings,
} from './write/request.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
let folder: string
let table: DeltaTable
let snapshot: Snapshot
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  folder = mkdtempSync(join(tmpdir(), 'delta-calls-'))
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true })
})

/** A write as one flat object. */
type Flat<Settings> = Settings & { readonly select?: string; readonly rows?: Rows }
const oneSource = { only: ['select', 'rows'], least: ['select', 'rows'] }

const predicate = of<{ column: string; op: string; value: library.Scalar }>({
  column: sql('c'),
  op: place('='),
  value: place('X', 'text', 'blank', 'number', 'fraction', 'negative', 'notANumber', 'bigint', 'boolean'),
})
const where = place([predicate], 'text')
const wherePredicates = place([predicate])
const txn = place(
  of<{ appId: string; version: number }>({ appId: sql('app'), version: place(1, 'number', 'fraction', 'negative', 'notANumber') }),
)
const commitInfo = place({ note: 1 }, 'object', 'stranger')
const instant = (value: unknown) => place(value, 'number', 'fraction', 'negative')
const rows = place(new Set([{ c: 'Q', v: 9 }]), 'list', 'strangers')
const ifVersion = count(0)
const written = {
  rows,
  select: sql("SELECT 'Q' AS c, 9::BIGINT AS v"),
  txn,
  ifVersion,
  commitInfo: place({}, 'object', 'stranger', 'action'),
  evolve: flag(false),
}
const types = place([of<{ name: string; type: string }>({ name: sql('c'), type: sql('VARCHAR') })], 'list')
const changes = { txn, ifVersion, commitInfo }
const metadata = place({}, 'object', 'stranger')
const structType = of<library.StructType>({
  type: place('struct'),
  fields: place([of<library.Field>({ name: sql('f'), type: sql('long'), nullable: flag(true), metadata })], 'list'),
})
const column = of<Column>({
  name: sql('x'),
  type: place(of<library.ArrayType>({ type: place('array'), elementType: place(structType, 'text'), containsNull: flag(true) }), 'text'),
  nullable: flag(true),
  metadata,
})
const opened = () => ({ connection: place(connection), now: action(), onWarning: action() })
const stage = place(
  of<StageOptions>({
    folder: sql(join(tmpdir(), 'delta-calls-stage')),
    limitBytes: place(5, 'number', 'fraction', 'negative'),
    keepMs: place(5, 'number', 'fraction', 'negative'),
  }),
)
const retry = place(of<gcs.RetryPolicy>({ attempts: count(1), timeoutMs: count(1), delayMs: action() }), 'object')
const point = { version: count(0), timestamp: instant('2026-01-01T00:00:00Z') }
const onePoint = { only: ['version', 'timestamp'] }
const folderPlace = () => sql(join(folder, 'other'))
const path = place([sql('c')], 'text')

const arrowArguments = () => [
  place(snapshot),
  of<arrow.ArrowOptions>({ columns: place([sql('c')]), where: wherePredicates, files: names('x'), batchRows: count(5) }),
]

/** The arguments of every public call. A call that is not listed fails the test below. */
const argumentsOf: Readonly<Record<string, () => readonly (Place | Case)[]>> = {
  createTable: () => [
    folderPlace(),
    of<CreateOptions>({
      ...opened(),
      columns: place([column], 'list'),
      partitionBy: names('x'),
      properties: place({ p: 'v' }, 'object'),
      name: place('n', 'text', 'blank'),
      description: place('d', 'text', 'blank'),
      commitInfo,
    }),
  ],
  openTable: () => [folderPlace(), of<OpenOptions>(opened())],
  tableExists: () => [folderPlace()],
  fromDuckType: () => [sql('BIGINT')],
  isWidening: () => [sql('integer'), sql('long')],
  toDuckType: () => [
    place(
      of<library.MapType>({
        type: place('map'),
        keyType: sql('string'),
        valueType: place(structType, 'text'),
        valueContainsNull: flag(true),
      }),
      'text',
    ),
  ],
  closedStore: () => [folderPlace()],
  localStore: () => [folderPlace()],
  memoryBucket: () => [action()],
  memoryStore: () => [of<library.MemoryStoreOptions>({ bucket: place(memoryBucket()), prefix: place('p', 'text', 'blank'), stage })],
  stagedStore: () => [place(memoryBucket()), place('p', 'text', 'blank'), stage],
  s3Store: () => [
    of<s3.S3StoreOptions>({
      bucket: sql('b'),
      region: sql('r'),
      endpoint: place('http://h'),
      pathStyle: flag(true),
      credentials: place(
        of<s3.S3Credentials>({
          accessKeyId: place('a', 'text', 'blank'),
          secretAccessKey: place('s', 'text', 'blank'),
          sessionToken: place('t', 'text', 'blank'),
          expiresAtMs: place(5, 'number', 'fraction', 'negative'),
        }),
        'action',
      ),
      retry,
      partBytes: count(5),
      prefix: place('p', 'text', 'blank'),
      stage,
    }),
  ],
  openS3Bucket: () => [
    of<s3.S3BucketOptions>({
      bucket: sql('b'),
      region: sql('r'),
      endpoint: place('http://h'),
      pathStyle: flag(true),
      credentials: action(),
      retry,
      partBytes: count(5),
    }),
  ],
  environmentCredentials: () => [place({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' }, 'object', 'stranger', 'map', 'date')],
  gcsStore: () => [
    of<gcs.GcsStoreOptions>({
      bucket: sql('b'),
      endpoint: place('http://h'),
      token: place('none', 'action'),
      retry,
      partBytes: count(5),
      prefix: place('p', 'text', 'blank'),
      stage,
    }),
  ],
  openGcsBucket: () => [
    of<gcs.GcsBucketOptions>({ bucket: sql('b'), endpoint: place('http://h'), token: action(), retry, partBytes: count(5) }),
  ],
  metadataToken: () => [retry, sql('host')],
  serviceAccountToken: () => [place({ client_email: 'a', private_key: 'b' }), retry],
  snapshot: () => [of(point, onePoint)],
  append: () => [of<Flat<WriteSettings>>({ ...written, types }, oneSource)],
  overwrite: () => [of<Flat<OverwriteSettings>>({ ...written, types, replaceWhere: where, overwriteSchema: flag(false) }, oneSource)],
  replaceBatch: () => [
    of<Flat<ReplaceBatchSettings>>(
      {
        ...written,
        types,
        column: sql('c'),
        value: place('Q', 'text', 'blank', 'number', 'fraction', 'negative', 'notANumber', 'bigint', 'boolean'),
      },
      oneSource,
    ),
  ],
  replaceBatches: () => {
    const { txn: _, ...shared } = written
    const batch = of<ReplacedBatch>({ value: sql('Q'), txn })
    return [of<Flat<ReplaceBatchesSettings>>({ ...shared, types, column: sql('c'), batches: place([batch]) }, oneSource)]
  },
  delete: () => [of<DeleteOptions>({ ...changes, where })],
  update: () => [of<UpdateOptions>({ ...changes, where, set: place({ v: '1' }) })],
  merge: () => [
    of<MergeOptions>({
      ...changes,
      source: place('SELECT 1 AS v', 'text', 'list', 'strangers'),
      on: sql('target.v = source.v'),
      matched: place(
        [
          of<{ when: string; update: unknown; delete: unknown }>(
            { when: sql('true'), update: place('all'), delete: place(true) },
            { only: ['update', 'delete'], least: ['update', 'delete'] },
          ),
        ],
        'list',
      ),
      notMatched: place([of<InsertClause>({ when: sql('true'), insert: place('all') })], 'list'),
      notMatchedBySource: place(
        [
          of<{ when: string; update: unknown; delete: unknown }>(
            { when: sql('true'), update: place({ v: '1' }), delete: place(true) },
            { only: ['update', 'delete'], least: ['update', 'delete'] },
          ),
        ],
        'list',
      ),
      updateAll: flag(true),
      insertAll: flag(true),
      evolve: flag(false),
    }),
  ],
  optimize: () => [
    of<library.OptimizeOptions>({ targetBytes: count(5), minBytes: count(5), where: wherePredicates, clusterBy: names('c'), txn }),
  ],
  vacuum: () => [
    of<library.VacuumOptions>({
      retentionHours: place(200, 'number', 'fraction', 'negative'),
      dryRun: flag(true),
      allowShortRetention: flag(false),
      log: flag(false),
    }),
  ],
  restore: () => [of(point, { ...onePoint, least: ['version', 'timestamp'] })],
  changes: () => [
    of<ChangesOptions>(
      { from: count(0), to: count(0), fromTimestamp: instant('2026-01-01'), toTimestamp: instant('2026-01-01') },
      { only: ['from', 'fromTimestamp'], least: ['from', 'fromTimestamp'] },
    ),
  ],
  history: () => [of<{ limit: number }>({ limit: count(5) })],
  commits: () => [of<{ limit: number }>({ limit: count(5) })],
  findTransaction: () => [place('app', 'text', 'blank')],
  cleanupLog: () => [],
  checkpoint: () => [],
  setProperties: () => [place({ 'my.property': 'x' }, 'object')],
  unsetProperties: () => [names('my.property')],
  addConstraint: () => [place('name', 'text', 'blank'), sql('v > 0')],
  dropConstraint: () => [place('name', 'text', 'blank')],
  addColumns: () => [place([column], 'list'), of<NonNullable<Parameters<Alterations['addColumns']>[1]>>({ under: path })],
  renameColumn: () => [path, sql('d')],
  dropColumn: () => [path],
  changeColumn: () => [
    path,
    of<library.ColumnChange>({ type: sql('long'), nullable: place(true), comment: place('c', 'text', 'blank', 'null') }),
  ],
  scanSql: () => [of<ScanOptions>({ columns: place([sql('c')]), where: wherePredicates, files: names('x') })],
  rows: () => [of<ScanOptions>({ columns: place([sql('c')]), where: wherePredicates, files: names('x') })],
  chunks: () => [of<ScanOptions>({ columns: place([sql('c')]), where: wherePredicates, files: names('x') })],
  arrowRows: () => [place(new Uint8Array([1]))],
  recordBatches: arrowArguments,
  arrowTable: arrowArguments,
  arrowStream: arrowArguments,
}

/** They only make a value: no promise, no effect on a table. */
const makers = new Set([
  'arrowRows',
  'fromDuckType',
  'toDuckType',
  'isWidening',
  'closedStore',
  'localStore',
  'memoryBucket',
  'memoryStore',
  'stagedStore',
  's3Store',
  'openS3Bucket',
  'environmentCredentials',
  'gcsStore',
  'openGcsBucket',
  'metadataToken',
  'serviceAccountToken',
])

type AnyCall = (...given: unknown[]) => unknown

function publicCalls(): ReadonlyMap<string, AnyCall> {
  const functions = (from: object) =>
    Object.entries(from).filter(([, value]) => typeof value === 'function' && value !== DeltaError) as [string, AnyCall][]
  return new Map([library, arrow, gcs, s3, table, snapshot].flatMap(functions))
}

async function outcomeOf(call: AnyCall, given: readonly unknown[]): Promise<unknown> {
  try {
    return await call(...given)
  } catch (error) {
    return error
  }
}

describe('every public call', () => {
  beforeAll(async () => {
    table = await library.createTable(join(folder, 'table'), {
      connection,
      columns: [
        { name: 'c', type: 'string' },
        { name: 'v', type: 'long' },
      ],
    })
    await table.append({ select: "SELECT * FROM (VALUES ('X', 1::BIGINT), ('Y', 2), ('Z', 3)) AS s(c, v)" })
    snapshot = await table.snapshot()
  })

  test('is listed here with its arguments', () => {
    expect(new Set(publicCalls().keys())).toEqual(new Set(Object.keys(argumentsOf)))
  })

  for (const name of Object.keys(argumentsOf)) {
    test(`${name} refuses unknown keys and wrong types by name, and changes nothing`, async () => {
      const call = publicCalls().get(name) as AnyCall
      const expected = argumentsOf[name]?.() ?? []
      const good = expected.map(right)
      // `folders.map(localStore)` passes more arguments, as JavaScript allows.
      const tried: { readonly what: string; readonly given: readonly unknown[] }[] = makers.has(name)
        ? []
        : [{ what: 'an argument too many', given: [...good, 1] }]
      for (const [index, argument] of expected.entries())
        for (const { what, value } of wrongs(argument)) tried.push({ what: `argument ${index}: ${what}`, given: good.with(index, value) })
      const accepted: string[] = []
      for (const { what, given } of tried) {
        const outcome = await outcomeOf(call, given)
        if (
          !(outcome instanceof DeltaError) ||
          outcome.code !== 'option.invalid' ||
          outcome.next === '' ||
          outcome.facts.option === undefined
        )
          accepted.push(`${what}: ${outcome instanceof Error ? outcome.message : JSON.stringify(outcome)}`)
      }
      expect(accepted).toEqual([])
      expect((await table.snapshot()).version).toBe(1)
      expect(existsSync(join(folder, 'other'))).toBe(false)
    })
  }

  test('names what is wrong, what is allowed and what was probably meant', async () => {
    const refusal = async (call: () => unknown) => {
      const error = await outcomeOf(call, [])
      return error instanceof DeltaError ? `${error.message} ${error.next}` : error
    }
    const loose = table as unknown as { readonly delete: AnyCall; readonly snapshot: AnyCall }
    expect(await refusal(() => loose.delete({ wher: "c = 'X'" }))).toBe(
      'delete: options.wher is not an option. Did you mean where? Allowed here: txn, ifVersion, commitInfo, where.',
    )
    expect(await refusal(() => loose.snapshot({ version: '1' }))).toBe(
      'snapshot: at.version must be a whole number from 0, but it is the text "1". Give a whole number from 0.',
    )
    expect(await refusal(() => loose.snapshot({ version: 0, timestamp: 0 }))).toBe(
      'snapshot: at has version and timestamp. Give only one of version, timestamp.',
    )
    expect(await refusal(() => loose.delete({ where: undefined }))).toBe(
      'delete: options.where is undefined. Give where a value, or leave the key out.',
    )
    expect(await refusal(() => loose.delete({ where: [] }))).toContain('options.where is an empty list')
  })

  for (const op of [
    '!=',
    '<>',
    '==',
    '===',
    'like',
    'not in',
    'IN',
    'IS NULL',
    'between',
    '',
    '= 1 OR 1',
    "= 'X' OR c <",
    'constructor',
    '__proto__',
    null,
    5,
    ['='],
  ])
    test(`the operator ${JSON.stringify(op)} is refused in scans, deletes and overwrites, with the allowed ones`, async () => {
      const where = JSON.parse(JSON.stringify([{ column: 'c', op, value: 'X' }])) as readonly Predicate[]
      const refused = { code: 'option.invalid', next: expect.stringContaining('Allowed: =, <, <=, >, >=, in, is null, is not null.') }
      await expect(snapshot.scanSql({ where })).rejects.toMatchObject(refused)
      await expect(table.delete({ where })).rejects.toMatchObject(refused)
      await expect(table.update({ set: { v: '0' }, where })).rejects.toMatchObject(refused)
      await expect(table.overwrite({ select: "SELECT 'Q' AS c, 9::BIGINT AS v", replaceWhere: where })).rejects.toMatchObject(refused)
      await expect(table.optimize({ where })).rejects.toMatchObject(refused)
      expect(await table.snapshot()).toMatchObject({ version: 1, numRecords: 3 })
    })

  for (const [column, value] of [
    ['v', '1.5'],
    ['v', 1.5],
    ['v', true],
    ['v', '99999999999999999999'],
    ['v', 2 ** 60],
    ['v', 'one'],
    ['c', 5],
  ] as const)
    test(`a value that ${column} cannot hold (${typeof value} ${value}) is refused and never rounded`, async () => {
      const where: Predicate[] = [{ column, op: '=', value }]
      await expect(snapshot.scanSql({ where })).rejects.toMatchObject({
        code: 'option.invalid',
        message: expect.stringContaining(`the column ${column}`),
      })
      await expect(table.delete({ where })).rejects.toMatchObject({ code: 'option.invalid' })
      await expect(table.replaceBatch({ column, value, select: "SELECT 'Q' AS c" })).rejects.toMatchObject({ code: 'option.invalid' })
      expect((await table.snapshot()).version).toBe(1)
    })
})
