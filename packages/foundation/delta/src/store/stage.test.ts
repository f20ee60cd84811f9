import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Bucket } from './bucket.ts'
import { memoryBucket, memoryStore } from './memory.ts'
import type { LogStore } from './store.ts'
import { removeTemporaryFolders, temporaryFolder } from './testing/location.ts'

afterAll(removeTemporaryFolders)
/** A stage below a folder of the test's own, so that a path that leaves the stage ends there. */
const folder = () => join(temporaryFolder(), 'stage')

/** A bucket with files of 100 bytes, and how often each was downloaded. */
async function filled(names: readonly string[]): Promise<{ bucket: Bucket; downloads: string[] }> {
  const bucket = memoryBucket()
  for (const name of names) await bucket.put(name, new Uint8Array(100).fill(7))
  const downloads: string[] = []
  const get: Bucket['get'] = (key, range) => {
    downloads.push(key)
    return bucket.get(key, range)
  }
  return { bucket: { ...bucket, get }, downloads }
}

const held = (store: LogStore) => readdirSync(store.root).toSorted((a, b) => (a < b ? -1 : 1))

test('unused files are deleted until the limit holds, the longest unused first', async () => {
  const { bucket } = await filled(['a', 'b', 'c', 'd'])
  const store = memoryStore({ bucket, stage: { folder: folder(), limitBytes: 250, keepMs: 0 } })
  for (const name of ['a', 'b', 'a', 'c']) await store.fetch([name])
  expect(held(store)).toEqual(['a', 'c'])
  await store.fetch(['d'])
  expect(held(store)).toEqual(['c', 'd'])
})

test('files that were fetched under an open hold are kept beyond the limit, and deleted after it', async () => {
  const { bucket } = await filled(['a', 'b', 'c', 'd'])
  const store = memoryStore({ bucket, stage: { folder: folder(), limitBytes: 150, keepMs: 0 } })
  {
    using _files = store.hold()
    await store.fetch(['a', 'b'])
    await store.fetch(['c'])
    expect(held(store)).toEqual(['a', 'b', 'c'])
  }
  await store.fetch(['d'])
  expect(held(store)).toEqual(['d'])
})

test('without a hold recently fetched files are kept', async () => {
  const { bucket } = await filled(['a', 'b', 'c'])
  const store = memoryStore({ bucket, stage: { folder: folder(), limitBytes: 100, keepMs: 60_000 } })
  await store.fetch(['a', 'b', 'c'])
  expect(held(store)).toEqual(['a', 'b', 'c'])
})

test('a copy is never downloaded again, even by the next process, but log files are', async () => {
  const { bucket, downloads } = await filled(['a', '_delta_log/1.checkpoint.parquet'])
  const stage = { folder: folder() }
  for (let process = 0; process < 2; process++) {
    const store = memoryStore({ bucket, stage })
    await Promise.all([store.fetch(['a', 'a']), store.fetch(['a'])])
    await store.fetch(['_delta_log/1.checkpoint.parquet'])
  }
  expect(downloads.filter((key) => key === 'a')).toHaveLength(1)
  expect(downloads.filter((key) => key !== 'a')).toHaveLength(2)
})

test('files of an earlier process count and are deleted, files that are being written are kept', async () => {
  const { bucket } = await filled(['a'])
  const stage = { folder: folder(), limitBytes: 150, keepMs: 60_000 }
  mkdirSync(stage.folder)
  writeFileSync(join(stage.folder, 'old'), 'x'.repeat(100))
  utimesSync(join(stage.folder, 'old'), 1, 1)
  writeFileSync(join(stage.folder, 'young'), 'x'.repeat(100))
  const store = memoryStore({ bucket, stage })
  await store.fetch(['a'])
  expect(held(store)).toEqual(['a', 'young'])
})

test('a broken download leaves nothing that looks like the file', async () => {
  const { bucket } = await filled(['a'])
  const get: Bucket['get'] = (key) => bucket.get(key, { offset: 0, length: 50 })
  const store = memoryStore({ bucket: { ...bucket, get }, stage: { folder: folder() } })
  await expect(store.fetch(['a'])).rejects.toMatchObject({ code: 'store.failed' })
  expect(readdirSync(store.root)).toEqual([])
})

test.for(['../x', 'a/../../x', '/etc/passwd'])('a hostile path %s is refused before anything is read', async (path) => {
  const store = memoryStore({ stage: { folder: folder() } })
  for (const act of [() => store.fetch([path]), () => store.read(path), () => store.delete(path), () => store.makeFolder(path)])
    await expect(act()).rejects.toMatchObject({ code: 'store.failed', facts: { path } })
  expect(existsSync(join(dirname(store.root), 'x'))).toBe(false)
})

test('a bucket that ignores the condition is detected at the first commit', async () => {
  const bucket = memoryBucket()
  const careless: Bucket = {
    ...bucket,
    async create(key, body) {
      await bucket.put(key, body)
      return 'created'
    },
  }
  const store = memoryStore({ bucket: careless, stage: { folder: folder() } })
  await expect(store.putIfAbsent('_delta_log/0.json', 'a')).rejects.toMatchObject({
    code: 'store.failed',
    message: expect.stringMatching(/does not honour the condition/) as string,
  })
})
