import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { openTable } from '../table.ts'
import { type HandMade, handMade, metaDataOf, protocolOf } from '../testing/hand-made.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()
let table: HandMade
let log: string
let tables = 0
beforeEach(() => {
  table = handMade(connection, join(folder, `t${tables++}`))
  log = join(table.root, '_delta_log')
})
const protocol = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }
const metaData = metaDataOf([{ name: 'a', type: 'long' }])
const add = (path: string) => ({ add: { path, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true } })
const name = (version: number, rest: string) => join(log, `${version.toString().padStart(20, '0')}.${rest}`)
const paths = async (version?: number) => {
  const opened = await openTable(table.root, { connection })
  const snapshot = await opened.snapshot(version === undefined ? {} : { version })
  return snapshot.files.map((file) => file.path).sort()
}

describe('a commit is refused', () => {
  test.for([
    ['with a line that is cut', '{"add":{"path":"x"'],
    ['with a number for an action', '5'],
    ['with null for an action', 'null'],
    ['with a list for an action', '[]'],
    ['with a text for an add', '{"add":"x"}'],
    ['with an add without a path', '{"add":{"partitionValues":{}}}'],
    ['with an add without partition values', '{"add":{"path":"x"}}'],
    ['with a remove whose path is a number', '{"remove":{"path":1}}'],
    [
      'with a vector without its size',
      '{"add":{"path":"x","partitionValues":{},"deletionVector":{"storageType":"u","pathOrInlineDv":"x"}}}',
    ],
    ['with a transaction without a version', '{"txn":{"appId":"x"}}'],
    ['with a table without partition columns', '{"metaData":{"id":"x"}}'],
    ['with two protocols', `${JSON.stringify(protocol)}\n${JSON.stringify(protocol)}`],
    ['with two descriptions of the table', `${JSON.stringify(metaData)}\n${JSON.stringify(metaData)}`],
    ['with a path out of the table', JSON.stringify(add('../x.parquet'))],
    ['with an encoded path out of the table', JSON.stringify(add('%2e%2e/x.parquet'))],
    ['with a hidden path out of the table', JSON.stringify(add('a/b/..%2F..%2F../x.parquet'))],
    ['with a file: URI out of nowhere', JSON.stringify(add('file:x.parquet'))],
    ['with a path that is not a URI', JSON.stringify(add('%zz.parquet'))],
    ['with an empty path', JSON.stringify(add(''))],
  ] as const)('%s', async ([, line]) => {
    table.commit(0, [protocol, metaData])
    writeFileSync(name(1, 'json'), `${line}\n`)
    await expect(paths()).rejects.toMatchObject({ name: 'DeltaError', code: 'log.corrupt' })
  })

  test.for(['s3://bucket/x.parquet', 'http://host/x.parquet', 'abfss://a@b/x'])('with the location %s, by its scheme', async (path) => {
    table.commit(0, [protocol, metaData, add(path)])
    await expect(paths()).rejects.toMatchObject({ code: 'protocol.unsupported' })
  })
})

test.for([
  ['a list', '{"someNewAction":["a",1]}'],
  ['a text', '{"someNewAction":"a"}'],
  ['a number', '{"someNewAction":1}'],
  ['true', '{"someNewAction":true}'],
  ['an object', '{"someNewAction":{"a":[1]}}'],
  ['a list beside a known action', `{"txn":{"appId":"a","version":1},"some New Action":[]}`],
  ['a list under the name of a method', '{"toString":["a"],"__proto__":[1]}'],
  ['a commitInfo that is a text', '{"commitInfo":"by hand"}'],
])('an unknown action that is %s is ignored, in commits and in checkpoints', async ([, line]) => {
  table.commit(0, [protocol, metaData, add('x')])
  writeFileSync(name(1, 'json'), `${line}\n`)
  expect(await paths()).toEqual(['x'])
  expect(await paths(0)).toEqual(['x'])
  const checkpoint = [{ checkpointMetadata: { version: 2 } }, protocolOf('v2Checkpoint'), metaData, add('y')].map((each) =>
    JSON.stringify(each),
  )
  writeFileSync(name(2, 'checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json'), [...checkpoint, line].join('\n'))
  expect(await paths()).toEqual(['y'])
  const opened = await openTable(table.root, { connection })
  expect(await opened.history()).toHaveLength(2)
})

test('a byte order mark at the start of a commit does no harm', async () => {
  table.commit(0, [{ commitInfo: { operation: 'CREATE TABLE' } }, protocol, metaData, add('x')])
  writeFileSync(name(0, 'json'), `\u{FEFF}${readFileSync(name(0, 'json'), 'utf8')}`)
  expect(await paths()).toEqual(['x'])
  expect(await (await openTable(table.root, { connection })).history()).toMatchObject([{ operation: 'CREATE TABLE' }])
})

test('folders named like a checkpoint or a commit are not files of the log', async () => {
  table.commit(0, [protocol, metaData, add('x')])
  for (const rest of ['checkpoint.parquet', 'json', 'checkpoint.0000000001.0000000001.parquet']) mkdirSync(name(50, rest))
  expect(await paths()).toEqual(['x'])
  const opened = await openTable(table.root, { connection })
  expect((await opened.setProperties({ 'my.property': 'x' })).version).toBe(1)
  expect(await opened.checkpoint()).toBe(1)
})

test('a name with glob characters, spaces and percent signs is read as it is', async () => {
  const made = await table.add('a%20[b]*?/c d.parquet', 'SELECT 1::BIGINT AS a')
  table.commit(0, [protocol, metaData, { add: { ...made.add, path: 'a%2520%5Bb%5D%2A%3F/c%20d.parquet' } }])
  const snapshot = await (await openTable(table.root, { connection })).snapshot()
  expect(await queryRows(connection, await snapshot.scanSql())).toEqual([{ a: '1' }])
})

test('an absolute path, as in a shallow clone, is read where it is', async () => {
  await table.add('elsewhere.parquet', 'SELECT 1::BIGINT AS a')
  const clone = handMade(connection, join(folder, `t${tables++}`))
  clone.commit(0, [protocol, metaData, add(`file://${table.root}/elsewhere.parquet`)])
  const snapshot = await (await openTable(clone.root, { connection })).snapshot()
  expect(await queryRows(connection, await snapshot.scanSql())).toEqual([{ a: '1' }])
})

test('fields that are null count as absent', async () => {
  table.commit(0, [protocol, metaData, { add: { ...add('x').add, stats: null, tags: null, deletionVector: null }, remove: null }])
  const [file] = (await (await openTable(table.root, { connection })).snapshot()).files
  expect(file).toEqual(add('x').add)
})

test('in-commit times are not raised when the files before them are a later copy', async () => {
  const enabled = { 'delta.enableInCommitTimestamps': 'true', 'delta.inCommitTimestampEnablementVersion': '1' }
  table.commit(0, [protocol, metaData])
  table.commit(1, [
    { commitInfo: { inCommitTimestamp: 1000 } },
    { protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['inCommitTimestamp'] } },
    metaDataOf([{ name: 'a', type: 'long' }], enabled),
  ])
  table.commit(2, [{ commitInfo: { inCommitTimestamp: 2000 } }, add('x')])
  const opened = await openTable(table.root, { connection })
  expect((await opened.snapshot({ timestamp: 1500 })).version).toBe(1)
  expect((await opened.snapshot({ timestamp: 9000 })).version).toBe(2)
  expect((await opened.snapshot({ timestamp: 9000 })).timestampMs).toBe(2000)
  await expect(opened.snapshot({ timestamp: 500 })).rejects.toMatchObject({ code: 'version.missing' })
})

describe('checkpoints of version 2', () => {
  const uuid = '80a083e8-7026-4e79-81be-64bd76c43a11'
  const v2 = protocolOf('v2Checkpoint')
  const manifest = (tags = {}) => ({ checkpointMetadata: { version: 2, tags } })
  const lines = (...actions: object[]) => `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`
  /** A table with the files x, y and z. The commits before the checkpoint are gone. */
  const sidecar = async (file: string, ...names: string[]) => {
    mkdirSync(join(log, '_sidecars'), { recursive: true })
    const values = names.map(
      (path) =>
        `({'path': '${path}', 'partitionValues': MAP {}::MAP(VARCHAR, VARCHAR), 'size': 1, 'modificationTime': 1, 'dataChange': false, 'stats': '{"numRecords":3}'}, NULL::STRUCT(path VARCHAR))`,
    )
    await queryRows(
      connection,
      `COPY (SELECT * FROM (VALUES ${values.join(', ')}) AS t("add", "remove")) TO '${join(log, '_sidecars', file)}' (FORMAT parquet)`,
    )
    return { sidecar: { path: file, sizeInBytes: 1, modificationTime: 1 } }
  }

  test('in JSON with sidecars', async () => {
    const sidecars = [await sidecar('1.parquet', 'x', 'y'), await sidecar('2.parquet', 'z')]
    writeFileSync(
      name(2, `checkpoint.${uuid}.json`),
      lines(manifest({ numOfAddFiles: '3' }), v2, metaData, ...sidecars, { txn: { appId: 'a', version: 7 } }),
    )
    table.commit(3, [add('w'), { remove: { path: 'y', dataChange: true } }])
    expect(await paths()).toEqual(['w', 'x', 'z'])
    const snapshot = await (await openTable(table.root, { connection })).snapshot({ version: 2 })
    expect([snapshot.numRecords, snapshot.txns.get('a')]).toEqual([9, 7])
    await expect(paths(1)).rejects.toMatchObject({ code: 'version.missing' })
  })

  test('in JSON without sidecars', async () => {
    writeFileSync(name(2, `checkpoint.${uuid}.json`), lines(manifest(), v2, metaData, add('x')))
    expect(await paths()).toEqual(['x'])
  })

  test.for([`checkpoint.${uuid}.parquet`, 'checkpoint.parquet'])('in Parquet named %s', async (rest) => {
    await sidecar('1.parquet', 'x', 'y')
    const text = metaData.metaData.schemaString.replaceAll("'", "''")
    await queryRows(
      connection,
      `COPY (SELECT {'version': 2} AS "checkpointMetadata", NULL AS sidecar, NULL AS "metaData", NULL AS protocol
        UNION ALL SELECT NULL, {'path': 'file:///elsewhere/1.parquet', 'sizeInBytes': 1}, NULL, NULL
        UNION ALL SELECT NULL, NULL, {'id': 'x', 'schemaString': '${text}', 'partitionColumns': []::VARCHAR[], 'format': {'provider': 'parquet'}}, NULL
        UNION ALL SELECT NULL, NULL, NULL, {'minReaderVersion': 3, 'minWriterVersion': 7, 'readerFeatures': ['v2Checkpoint'], 'writerFeatures': ['v2Checkpoint']}
      ) TO '${name(2, rest)}' (FORMAT parquet)`,
    )
    expect(await paths()).toEqual(['x', 'y'])
  })

  test.for([
    [
      'a sidecar that is not there',
      'file.missing',
      () => lines(manifest(), v2, metaData, { sidecar: { path: 'gone.parquet', sizeInBytes: 1 } }),
    ],
    ['no checkpointMetadata', 'file.corrupt', () => lines(v2, metaData, add('x'))],
    ['the version of another', 'file.corrupt', () => lines({ checkpointMetadata: { version: 1 } }, v2, metaData, add('x'))],
    ['fewer files than it says', 'file.corrupt', () => lines(manifest({ numOfAddFiles: '2' }), v2, metaData, add('x'))],
    ['a line that is cut', 'file.corrupt', () => lines(manifest(), v2, metaData, add('x')).slice(0, -5)],
  ] as const)('with %s are refused, or stepped over where the commits are there', async ([, code, text]) => {
    writeFileSync(name(2, `checkpoint.${uuid}.json`), text())
    await expect(paths()).rejects.toMatchObject({ code })
    table.commit(0, [v2, metaData, add('x')])
    table.commit(1, [add('y')])
    table.commit(2, [add('z')])
    expect(await paths()).toEqual(['x', 'y', 'z'])
  })

  test('without a protocol are refused, whatever the commits say', async () => {
    writeFileSync(name(2, `checkpoint.${uuid}.json`), lines(manifest(), metaData, add('x')))
    for (const version of [0, 1, 2]) table.commit(version, version === 0 ? [v2, metaData] : [add(`f${version}`)])
    await expect(paths()).rejects.toMatchObject({ code: 'log.corrupt' })
  })
})

describe('classic checkpoints', () => {
  const checkpointed = async () => {
    table.commit(0, [protocol, metaData, add('x')])
    for (const version of [1, 2, 3, 4]) {
      table.commit(version, [add(`f${version}`)])
      if (version % 2 === 0) await (await openTable(table.root, { connection })).checkpoint()
    }
    return ['f1', 'f2', 'f3', 'f4', 'x']
  }

  test('are cut anywhere: an older one, or the commits, give the same table; without them it is an error', async () => {
    const files = await checkpointed()
    const newest = name(4, 'checkpoint.parquet')
    const bytes = readFileSync(newest)
    for (const length of [0, 3, 4, 100, bytes.length - 9, bytes.length - 1]) {
      writeFileSync(newest, bytes.subarray(0, length))
      expect(await paths(), `${length} bytes`).toEqual(files)
    }
    rmSync(name(1, 'json'))
    expect(await paths()).toEqual(files)
    rmSync(name(2, 'checkpoint.parquet'))
    await expect(paths()).rejects.toMatchObject({ code: 'file.corrupt' })
  })

  test('are found without _last_checkpoint and with a wrong one', async () => {
    const files = await checkpointed()
    for (const text of ['', '{"version":99,"size":1}', '{"version":2', 'null']) {
      writeFileSync(join(log, '_last_checkpoint'), text)
      expect(await paths()).toEqual(files)
    }
    rmSync(join(log, '_last_checkpoint'))
    expect(await paths()).toEqual(files)
  })

  test('in parts count when all parts exist; compactions and checksums never count', async () => {
    const files = await checkpointed()
    rmSync(name(2, 'checkpoint.parquet'))
    const whole = name(4, 'checkpoint.parquet')
    const source = `read_parquet('${whole}')`
    await queryRows(
      connection,
      `COPY (FROM ${source} WHERE "add" IS NULL) TO '${name(4, 'checkpoint.0000000001.0000000002.parquet')}' (FORMAT parquet)`,
    )
    await queryRows(
      connection,
      `COPY (FROM ${source} WHERE "add" IS NOT NULL) TO '${name(4, 'checkpoint.0000000002.0000000002.parquet')}' (FORMAT parquet)`,
    )
    rmSync(whole)
    for (const version of [0, 1, 2, 3]) rmSync(name(version, 'json'))
    writeFileSync(join(log, '00000000000000000001.00000000000000000003.compacted.json'), '{"remove":{"path":"x"}}\n')
    writeFileSync(name(4, 'crc'), 'nonsense')
    expect(await paths()).toEqual(files)
    rmSync(name(4, 'checkpoint.0000000002.0000000002.parquet'))
    await expect(paths()).rejects.toMatchObject({ code: 'log.corrupt' })
    expect(readdirSync(log)).toContain('00000000000000000004.checkpoint.0000000001.0000000002.parquet')
  })

  test('with typed copies only give statistics and partition values with every digit', async () => {
    table.commit(0, [
      protocol,
      metaDataOf(
        [
          { name: 'a', type: 'decimal(38,9)' },
          { name: 'p', type: 'long' },
        ],
        {},
        ['p'],
      ),
    ])
    const text = metaDataOf(
      [
        { name: 'a', type: 'decimal(38,9)' },
        { name: 'p', type: 'long' },
      ],
      {},
      ['p'],
    ).metaData.schemaString
    await queryRows(
      connection,
      `COPY (SELECT {'path': 'x', 'partitionValues_parsed': {'p': 9007199254740993}, 'size': 1, 'modificationTime': 1, 'dataChange': false,
          'stats_parsed': {'numRecords': 5, 'minValues': {'a': 12345678901234567890.123456789::DECIMAL(38,9)}, 'maxValues': {'a': 12345678901234567890.123456789::DECIMAL(38,9)}}} AS "add", NULL AS "metaData", NULL AS protocol
        UNION ALL SELECT NULL, {'id': 'x', 'schemaString': '${text}', 'partitionColumns': ['p'], 'format': {'provider': 'parquet'}}, NULL
        UNION ALL SELECT NULL, NULL, {'minReaderVersion': 1, 'minWriterVersion': 2}
      ) TO '${name(0, 'checkpoint.parquet')}' (FORMAT parquet)`,
    )
    const snapshot = await (await openTable(table.root, { connection })).snapshot()
    expect(snapshot.numRecords).toBe(5)
    expect(snapshot.files[0]?.partitionValues).toEqual({ p: '9007199254740993' })
    const kept = async (value: string) =>
      await snapshot.scanSql({ where: [{ column: 'a', op: '=', value }] }).catch((error: unknown) => error)
    // A file that cannot be skipped must exist, and this one does not.
    expect(await kept('12345678901234567890.123456789')).toMatchObject({ code: 'file.missing' })
    expect(await kept('12345678901234567890.123456788')).toEqual(expect.stringContaining('WHERE false'))
  })
})

test.each([
  ['structs', 'a', '{"type":"struct","fields":[{"name":"a","nullable":true,"metadata":{},"type":', '}]}'],
  ['lists', 'a', '{"type":"array","containsNull":true,"elementType":', '}'],
])('a schema of %s that nests without end is refused by name, however deep', async (_, column, begin, end) => {
  for (const depth of [101, 5_000, 20_000]) {
    const inner = `${begin.repeat(depth)}"string"${end.repeat(depth)}`
    const schemaString = `{"type":"struct","fields":[{"name":"${column}","nullable":true,"metadata":{},"type":${inner}}]}`
    const hostile = handMade(connection, join(folder, `deep${tables++}`))
    hostile.commit(0, [protocol, { metaData: { ...metaData.metaData, schemaString } }])
    const opened = openTable(hostile.root, { connection }).then((of) => of.snapshot())
    await expect(opened).rejects.toMatchObject({ code: 'schema.invalid', message: expect.stringContaining('100 types') })
  }
})
