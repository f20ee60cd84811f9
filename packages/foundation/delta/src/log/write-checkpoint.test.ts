import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Action } from '../protocol/actions.ts'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { workplace } from '../testing/workplace.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import { type CompleteState, complete, emptyState, replay, stateOf } from './replay.ts'
import { checkpointPath } from './segment.ts'
import { textsOf, writeCheckpoint } from './write-checkpoint.ts'

const { connection, folder } = await workplace()
let number = 0

const now = Date.parse('2026-11-01T00:00:00Z')
const field = (name: string, type: unknown) => ({ name, type, nullable: true, metadata: {} })
const metaData = (configuration: Record<string, string>) => ({
  id: 'id',
  name: 'a "name"',
  format: { provider: 'parquet', options: {} },
  schemaString: JSON.stringify({
    type: 'struct',
    fields: [
      field('l', 'long'),
      field('d', 'decimal(38,9)'),
      field('t', 'timestamp'),
      field('b', 'boolean'),
      field('s', { type: 'struct', fields: [field('x y', 'string'), field('raw', 'binary')] }),
      field('a', { type: 'array', elementType: 'string', containsNull: true }),
      field('day', 'date'),
      field('p', 'string'),
    ],
  }),
  partitionColumns: ['day', 'p'],
  configuration,
  createdTime: 1,
})
const stats = `{"numRecords":9007199254740993,"minValues":{"l":-9223372036854775808,"d":-99999999999999999999999999999.999999999,"t":"2024-01-01T00:00:00.001Z","s":{"x y":"\\u00e4"}},"maxValues":{"l":9223372036854775807,"d":0.1,"t":"odd","s":{"x y":"z"}},"nullCount":{"l":0,"s":{"x y":1,"raw":2},"a":3},"tightBounds":true}`
const vector = { storageType: 'u', pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^', offset: 4, sizeInBytes: 40, cardinality: 6 }
const everything: Action[] = [
  { txn: { appId: 'with time', version: 9007199254740991, lastUpdated: 5 } },
  { txn: { appId: 'without', version: 1 } },
  {
    add: {
      path: 'day=2024-01-01/p=a%2520b/f.parquet',
      partitionValues: { day: '2024-01-01', p: 'a b' },
      size: 10,
      modificationTime: 3,
      dataChange: true,
      stats,
      tags: { k: 'v' },
      deletionVector: vector,
    },
  },
  { add: { path: 'g.parquet', partitionValues: { day: null, p: null }, size: 11, modificationTime: 4, dataChange: true } },
  {
    remove: {
      path: 'r.parquet',
      deletionTimestamp: now - 1000,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues: { day: null, p: 'x' },
      size: 7,
      deletionVector: { ...vector, offset: 9 },
    },
  },
  { remove: { path: 'expired.parquet', deletionTimestamp: now - 8 * 86_400_000, dataChange: true } },
  { domainMetadata: { domain: 'mine', configuration: '{"a":1}', removed: false } },
  { domainMetadata: { domain: 'gone', configuration: '{}', removed: true } },
]

async function written(
  configuration: Record<string, string>,
  actions = everything,
): Promise<{ root: string; before: CompleteState; after: CompleteState }> {
  const root = join(folder, String(number++))
  mkdirSync(join(root, '_delta_log'), { recursive: true })
  const protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['deletionVectors'],
    writerFeatures: ['deletionVectors', 'domainMetadata'],
  }
  const commits = [{ version: 7, actions: [{ protocol }, { metaData: metaData(configuration) }, ...actions] }]
  const before = complete(replay(emptyState, commits, root))
  await writeCheckpoint(connection, localStore(root), before, now)
  const read = await readCheckpoint(connection, localStore(root), { version: 7, parts: [checkpointPath(7)] })
  return { root, before, after: complete(stateOf(read, root)) }
}

const entries = <V>(map: ReadonlyMap<string, V>) => [...map.values()]

test('a checkpoint returns every action unchanged, except expired ones', async () => {
  const { root, before, after } = await written({ 'delta.x': 'y' })
  expect(after.protocol).toEqual(before.protocol)
  expect(after.metadata).toEqual(before.metadata)
  expect(entries(after.transactions)).toEqual(entries(before.transactions))
  expect(entries(after.domains)).toEqual([{ domain: 'mine', configuration: '{"a":1}', removed: false }])
  expect(entries(after.files)).toEqual(entries(before.files).map((file) => ({ ...file, dataChange: false })))
  expect(entries(after.tombstones)).toEqual([
    expect.objectContaining({ path: 'r.parquet', deletionVector: { ...vector, offset: 9 }, dataChange: false }),
  ])
  expect(JSON.parse(readFileSync(join(root, '_delta_log/_last_checkpoint'), 'utf8'))).toMatchObject({
    version: 7,
    size: 8,
    numOfAddFiles: 2,
  })
})

test('the columns of deletion vectors, domains and typed statistics exist only when they have values', async () => {
  const columns = async (root: string) =>
    (await queryRows(connection, `SELECT name FROM parquet_schema('${join(root, checkpointPath(7))}')`)).map((row) => String(row.name))
  const plain = await columns((await written({}, [])).root)
  for (const name of ['deletionVector', 'domainMetadata', 'stats_parsed', 'partitionValues_parsed', 'typedStats'])
    expect(plain).not.toContain(name)
  expect(plain).toContain('stats')
  const full = await columns((await written({ 'delta.checkpoint.writeStatsAsStruct': 'true' })).root)
  for (const name of ['deletionVector', 'domainMetadata', 'stats_parsed', 'partitionValues_parsed', 'stats']) expect(full).toContain(name)
  expect(full).not.toContain('typedStats')
  expect(await columns((await written({ 'delta.checkpoint.writeStatsAsJson': 'false' })).root)).not.toContain('stats')
})

test('statistics and partition values can be typed, exact to the last digit, and a bound of another type is dropped', async () => {
  const { root, after } = await written({ 'delta.checkpoint.writeStatsAsStruct': 'true', 'delta.checkpoint.writeStatsAsJson': 'FALSE' })
  const file = `'${join(root, checkpointPath(7))}'`
  expect(
    await queryRows(
      connection,
      `SELECT "add".stats_parsed.numRecords AS n, "add".stats_parsed.minValues.l AS l, "add".stats_parsed.minValues.d AS d, "add".stats_parsed.minValues.t AS t,
        "add".stats_parsed.maxValues.t AS odd, "add".stats_parsed.minValues.s."x y" AS s, "add".stats_parsed.nullCount.s.raw AS raw, "add".stats_parsed.nullCount.a AS a,
        "add".stats_parsed.tightBounds AS tight, "add".partitionValues_parsed.day AS day, "add".partitionValues_parsed.p AS p
      FROM read_parquet(${file}) WHERE "add".path IS NOT NULL ORDER BY "add".path`,
    ),
  ).toMatchObject([
    {
      n: '9007199254740993',
      l: '-9223372036854775808',
      d: '-99999999999999999999999999999.999999999',
      t: '2024-01-01 00:00:00.001+00',
      odd: null,
      s: 'ä',
      raw: '2',
      a: '3',
      tight: true,
      day: '2024-01-01',
      p: 'a b',
    },
    { n: null, l: null, day: null, p: null },
  ])
  expect(await queryRows(connection, `SELECT count(*) AS n FROM read_parquet(${file}) WHERE "add" IS NOT NULL`)).toEqual([{ n: '2' }])
  const [first] = entries(after.files)
  expect(first?.stats).toContain('-99999999999999999999999999999.999999999')
})

test('the actions of a checkpoint are written in several texts of whole lines', () => {
  const actions = [1, 2, 3, 4, 5].map((version): Action => ({ txn: { appId: 'x', version } }))
  const texts = [...textsOf(actions, 60)]
  expect(texts.map((text) => text.split('\n').length - 1)).toEqual([2, 2, 1])
  expect(
    texts
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Action),
  ).toEqual(actions)
  expect([...textsOf([], 60)]).toEqual([])
})

test('no checkpoint is written with an application version that was rounded when it was read', async () => {
  await expect(written({}, [{ txn: { appId: 'counts far', version: 2 ** 53 } }])).rejects.toMatchObject({
    code: 'protocol.unsupported',
    message: expect.stringContaining('counts far'),
  })
})

test('a checkpoint of 2,000 files takes less than two seconds of processor time, so that it fits between commits', async () => {
  const adds = Array.from(
    { length: 2000 },
    (_, i): Action => ({
      add: {
        path: `f${i}.parquet`,
        partitionValues: { day: '2024-01-01', p: 'x' },
        size: 10,
        modificationTime: 3,
        dataChange: true,
        stats,
      },
    }),
  )
  await written({}, adds)
  const begun = process.cpuUsage()
  const { after } = await written({}, adds)
  expect(after.files.size).toBe(2000)
  const { user, system } = process.cpuUsage(begun)
  expect((user + system) / 1000).toBeLessThan(2000)
})
