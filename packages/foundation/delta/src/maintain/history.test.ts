import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localStore } from '../store/local.ts'
import { createTable, openTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()

const columns = [{ name: 'id', type: 'long' }] as const
const commitOf = (root: string, version: number) => join(root, '_delta_log', `${String(version).padStart(20, '0')}.json`)

test('an entry has what its writer recorded: operation, parameters, metrics, read version', async () => {
  const table = await createTable(join(folder, 'entry'), { connection, columns })
  await table.append({ select: 'SELECT 1 AS id', commitInfo: { userMetadata: 'by hand' } })
  expect(await table.history({ limit: 1 })).toMatchObject([
    {
      version: 1,
      operation: 'WRITE',
      operationParameters: { mode: 'Append' },
      operationMetrics: { numOutputRows: '1' },
      readVersion: 0,
      isBlindAppend: true,
      userMetadata: 'by hand',
      engineInfo: 'sluice-delta',
    },
  ])
  expect(await table.history({ limit: 0 })).toEqual([])
})

test('a long history is read from its end: as many commits as asked for, by their first lines, and no more', async () => {
  const root = join(folder, 'long')
  await createTable(root, { connection, columns })
  const padding = `${JSON.stringify({ remove: { path: `${'x'.repeat(40_000)}.parquet`, deletionTimestamp: 1, dataChange: true } })}\n`
  const commits = 2000
  for (let version = 1; version <= commits; version++)
    writeFileSync(
      commitOf(root, version),
      `${JSON.stringify({ commitInfo: { operation: `number ${version}` } })}\n${version > commits - 20 ? padding : ''}`,
    )
  const store = localStore(root)
  const seen = { whole: 0, heads: 0, stats: 0 }
  const table = await openTable(
    {
      ...store,
      read: (path) => {
        seen.whole++
        return store.read(path)
      },
      readBytes: (path, range) => {
        seen.heads++
        return store.readBytes(path, range)
      },
      stat: (path) => {
        seen.stats++
        return store.stat(path)
      },
    },
    { connection },
  )
  Object.assign(seen, { whole: 0, heads: 0, stats: 0 })
  const last = await table.history({ limit: 10 })
  expect(last.map(({ operation }) => operation)).toEqual(Array.from({ length: 10 }, (_, i) => `number ${commits - i}`))
  expect(seen).toMatchObject({ whole: 0, heads: 10 })
  // A hundred more, in case clocks went back.
  expect(seen.stats).toBeLessThan(120)
  expect((await table.history()).length).toBe(commits + 1)
})

test('times never decrease although clocks did, and a commit that does not begin with commitInfo is read whole', async () => {
  const root = join(folder, 'clocks')
  const table = await createTable(root, { connection, columns })
  writeFileSync(
    commitOf(root, 1),
    `${JSON.stringify({ txn: { appId: 'a/"b', version: 1 } })}\n${JSON.stringify({ commitInfo: { operation: 'second line' } })}\n`,
  )
  writeFileSync(commitOf(root, 2), `${JSON.stringify({ txn: { appId: 'c', version: 1 } })}\n`)
  for (const [version, second] of [10, 30, 20].entries()) utimesSync(commitOf(root, version), second, second)
  expect((await table.history()).map(({ version, timestampMs, operation }) => [version, timestampMs, operation])).toEqual([
    [2, 30_001, undefined],
    [1, 30_000, 'second line'],
    [0, 10_000, 'CREATE TABLE'],
  ])
  expect(await table.findTransaction('a/"b')).toMatchObject({ version: 1, operation: 'second line', txn: { version: 1 } })
  expect(await table.findTransaction('none')).toBeUndefined()
})
