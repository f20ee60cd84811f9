import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import type { Metadata, Protocol } from '../protocol/actions.ts'
import { checkReadable } from '../protocol/readable.ts'
import { checkWritable } from '../protocol/writable.ts'
import { schemaOf } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { createTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { emptyState, keyOf, replay } from './replay.ts'
import { chooseSegments, readListing } from './segment.ts'
import { absolutePath, encodePath, fileKey } from './uri.ts'

const commit = (version: number) => `${version.toString().padStart(20, '0')}.json`
const part = (version: number, index: number, of: number) =>
  `${version.toString().padStart(20, '0')}.checkpoint.${index.toString().padStart(10, '0')}.${of.toString().padStart(10, '0')}.parquet`

test('an incomplete multi-part checkpoint is skipped, a complete one is used', () => {
  const commits = Array.from({ length: 6 }, (_, version) => commit(version))
  const partial = readListing([
    ...commits,
    part(4, 1, 2),
    part(2, 1, 2),
    part(2, 2, 2),
    'x.crc',
    '00000000000000000001.00000000000000000003.compacted.json',
  ])
  expect(chooseSegments(partial, undefined)[0]).toMatchObject({ version: 5, checkpoint: { version: 2 }, commits: [3, 4, 5] })
  expect(chooseSegments(partial, 1)[0]).toMatchObject({ checkpoint: undefined, commits: [0, 1] })
  expect(() => chooseSegments(readListing([commit(0), commit(2)]), undefined)).toThrow(/commit 1 is missing/)
  expect(() => chooseSegments(readListing([commit(3)]), undefined)).toThrow(/commit 0 is missing/)
  expect(() => chooseSegments(readListing([]), undefined)).toThrow(/no Delta table/)
})

test('a multi-part checkpoint gives the same table as the classic one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'delta-parts-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const table = await createTable(folder, { connection, columns: [{ name: 'id', type: 'long' }] })
  for (let i = 0; i < 3; i++) await table.append({ select: `SELECT ${i} AS id`, txn: { appId: 'a', version: i } })
  expect(await table.checkpoint()).toBe(3)
  const log = join(folder, '_delta_log')
  const classic = join(log, '00000000000000000003.checkpoint.parquet')
  for (const [index, test] of [
    [1, 'add IS NULL'],
    [2, 'add IS NOT NULL'],
  ] as const) {
    await connection.run(`COPY (SELECT * FROM '${classic}' WHERE ${test}) TO '${join(log, part(3, index, 2))}' (FORMAT parquet)`)
  }
  for (const name of [classic, ...[0, 1, 2, 3].map((version) => join(log, commit(version)))]) rmSync(name)
  const snapshot = await (await openTable(folder, { connection })).snapshot()
  expect(await queryRows(connection, `SELECT id FROM (${await snapshot.scanSql()}) ORDER BY id`)).toEqual([
    { id: '0' },
    { id: '1' },
    { id: '2' },
  ])
  expect(snapshot.txns).toEqual(new Map([['a', 2]]))
  connection.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true })
})

test('a checkpoint with only typed statistics and partition values still prunes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'delta-typed-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const table = await createTable(folder, {
    connection,
    columns: [
      { name: 'id', type: 'long' },
      { name: 'p', type: 'integer' },
    ],
    partitionBy: ['p'],
  })
  await table.append({ select: 'SELECT 9007199254740993 AS id, 1 AS p UNION ALL SELECT 2, NULL' })
  await table.checkpoint()
  const classic = join(folder, '_delta_log', '00000000000000000001.checkpoint.parquet')
  await connection.run(`COPY (SELECT * REPLACE (CASE WHEN add IS NOT NULL THEN struct_pack(path := add.path, size := add.size, modificationTime := add.modificationTime, dataChange := false,
    partitionValues_parsed := {'p': add.partitionValues['p']::INT}, stats_parsed := from_json(add.stats, '{"numRecords":"BIGINT","minValues":{"id":"BIGINT"},"maxValues":{"id":"BIGINT"},"nullCount":{"id":"BIGINT"}}')) END AS add)
    FROM '${classic}') TO '${classic}.new' (FORMAT parquet)`)
  writeFileSync(classic, readFileSync(`${classic}.new`))
  for (const version of [0, 1]) rmSync(join(folder, '_delta_log', commit(version)))
  const snapshot = await (await openTable(folder, { connection })).snapshot()
  const find = async (value: bigint) => await snapshot.scanSql({ where: [{ column: 'id', op: '=', value }] })
  expect(await queryRows(connection, await find(9007199254740993n))).toEqual([{ id: '9007199254740993', p: 1 }])
  expect((await find(9007199254740993n)).match(/\.parquet'/g)).toHaveLength(1)
  expect(await find(9007199254740992n)).not.toContain('.parquet')
  connection.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true })
})

test('all spellings of one path are one file, and a path decodes exactly once', () => {
  const keys = ['/t/a%20b', 'file:/t/a%20b', 'file:///t/a%20b', 'a%20b'].map((path) => fileKey(path, '/t', undefined))
  expect(new Set(keys)).toEqual(new Set(['a b']))
  expect(encodePath('p=a%2Fb/x y#?.parquet')).toBe('p=a%252Fb/x%20y%23%3F.parquet')
  expect(absolutePath(encodePath('p=a%2Fb/ü.parquet'), '/t')).toBe('/t/p=a%2Fb/ü.parquet')
  expect(() => absolutePath('s3://bucket/x', '/t')).toThrow(/scheme s3/)
  expect(() => absolutePath('a%zz', '/t')).toThrow(/not a valid URI/)
})

test('within a commit removes come first, and a file with another deletion vector is another file', () => {
  const add = { path: 'x', partitionValues: {}, size: 1, modificationTime: 1, dataChange: true }
  const vector = { storageType: 'u', pathOrInlineDv: 'abc', offset: 1, sizeInBytes: 1, cardinality: 1 }
  const remove = { path: 'x', dataChange: true }
  const state = replay(
    emptyState,
    [
      { version: 0, actions: [{ add }] },
      { version: 1, actions: [{ add: { ...add, deletionVector: vector } }, { remove }] },
    ],
    '/t',
  )
  expect([...state.files.keys()]).toEqual([keyOf({ ...add, deletionVector: vector }, '/t')])
  expect([...state.tombstones.keys()]).toEqual(['x'])
})

const metadata = (configuration: Record<string, string> = {}): Metadata => ({
  id: 'x',
  format: { provider: 'parquet', options: {} },
  partitionColumns: [],
  configuration,
})
const plain = schemaOf([{ name: 'a', type: 'long' }])
const protocol = (minReaderVersion: number, minWriterVersion: number, features?: readonly string[], readers = features): Protocol => ({
  minReaderVersion,
  minWriterVersion,
  ...(minReaderVersion === 3 ? { readerFeatures: readers ?? [] } : {}),
  ...(features === undefined ? {} : { writerFeatures: features }),
})

test.for([
  ['identityColumns', protocol(1, 6), {}, { 'delta.identity.start': 1 }],
  ['generatedColumns', protocol(1, 4), {}, { 'delta.generationExpression': 'a + 1' }],
  ['rowTracking', protocol(1, 7, ['rowTracking']), {}, {}],
  ['writer version 8', protocol(1, 8), {}, {}],
] as const)('%s is refused for writing when active', ([feature, wanted, configuration, fieldMetadata]) => {
  const schema = schemaOf([{ name: 'a', type: 'long', metadata: fieldMetadata }])
  checkReadable(wanted, metadata(configuration), schema)
  expect(() => checkWritable(wanted, metadata(configuration), schema)).toThrow(expect.objectContaining({ facts: { feature } }))
})

test('inactive features of legacy versions and listed features do not prevent reads and writes', () => {
  expect(() => checkWritable(protocol(2, 6), metadata(), plain)).not.toThrow()
  expect(() =>
    checkWritable(
      protocol(3, 7, ['appendOnly', 'invariants', 'columnMapping'], ['columnMapping']),
      metadata({ 'delta.columnMapping.mode': 'none' }),
      plain,
    ),
  ).not.toThrow()
})

test('a created file is whole, never overwritten, and leaves no temporary name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'delta-store-'))
  const store = localStore(folder)
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => store.putIfAbsent('v', String(i).repeat(1000))))
  expect(results.filter(Boolean)).toHaveLength(1)
  expect(await store.read('v')).toBe(String(results.indexOf(true)).repeat(1000))
  expect(await store.list('.')).toEqual(['v'])
  expect(await store.read('nothing')).toBeUndefined()
  expect(await store.list('nothing')).toEqual([])
  await expect(store.putIfAbsent('no/folder/x', '')).rejects.toMatchObject({ code: 'store.failed', facts: { errno: 'ENOENT' } })
  rmSync(folder, { recursive: true })
})

test('the validator finds planted faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'delta-faults-'))
  mkdirSync(join(folder, '_delta_log'))
  const good = {
    commitInfo: {},
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metaData: {
      id: 'x',
      format: { provider: 'parquet', options: {} },
      schemaString: JSON.stringify(plain),
      partitionColumns: [],
      configuration: {},
    },
    add: {
      path: 'x y',
      partitionValues: { p: '' },
      size: 0,
      modificationTime: 1,
      dataChange: true,
      stats: '{"numRecords":1,"minValues":{"a":2},"maxValues":{"a":1},"nullCount":{"a":5,"b":0}}',
    },
    remove: { path: 'gone', dataChange: true },
  }
  const lines = (...names: (keyof typeof good)[]) => `${names.map((name) => JSON.stringify({ [name]: good[name] })).join('\n')}\n`
  writeFileSync(join(folder, '_delta_log', commit(0)), lines('metaData', 'add', 'add', 'remove'))
  writeFileSync(
    join(folder, '_delta_log', commit(2)),
    lines('commitInfo', 'protocol').replace('"minWriterVersion":2', '"minWriterVersion":7'),
  )
  const appendOnly = { metaData: { ...good.metaData, configuration: { 'delta.appendOnly': 'true' } } }
  const moved = { add: { ...good.add, path: 'moved', dataChange: false } }
  writeFileSync(join(folder, '_delta_log', commit(3)), `${lines('commitInfo', 'remove')}${JSON.stringify(appendOnly)}\n`)
  writeFileSync(join(folder, '_delta_log', commit(4)), `${lines('commitInfo')}${JSON.stringify(moved)}\n`)
  const faults = validateLog(folder).join('\n')
  for (const fault of [
    'lacks protocol',
    'commitInfo is not the first',
    'two actions add one path',
    'not in the table',
    'no time',
    'lacks extended',
    'adds x y again',
    'not URI-encoded',
    'name other columns',
    'empty or no text',
    'malformed size',
    'not on disk',
    'counts 5 NULLs',
    'not a data column',
    'minimum above',
    `named ${commit(2)}`,
    'writerFeatures must',
    'only takes appends',
    'moves 0 rows and leaves 1',
  ]) {
    expect(faults).toContain(fault)
  }
  rmSync(folder, { recursive: true })
})
