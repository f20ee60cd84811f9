import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryBucket } from '@sluice/delta'
import { type FolderEntry, planListing, storedFolder, takeFile } from '@sluice/sources/folder'
import { afterAll, expect, test } from 'vitest'
import { bucketStorage } from './bucket.ts'
import { localStorage } from './local.ts'
import type { LakeStorage } from './storage.ts'

const top = mkdtempSync(join(tmpdir(), 'sluice inbox '))
afterAll(() => rmSync(top, { recursive: true, force: true }))

const files = { 'a.csv': 'id\n1\n', '2026/b.csv': 'id\n2\n', '2026/notes.txt': '' }
const kinds: Readonly<Record<string, () => Promise<LakeStorage>>> = {
  async 'a folder'() {
    const root = join(top, 'lake')
    mkdirSync(join(root, 'demo/inbox/2026'), { recursive: true })
    for (const [path, text] of Object.entries(files)) writeFileSync(join(root, 'demo/inbox', path), text)
    return localStorage(root)
  },
  async 'a bucket'() {
    const bucket = memoryBucket()
    for (const [path, text] of Object.entries(files)) await bucket.put(`lake/demo/inbox/${path}`, Buffer.from(text))
    return bucketStorage(bucket, { prefix: 'lake', stage: { folder: join(top, 'stage') } })
  },
}

test.for(Object.keys(kinds))('a folder of a lake in %s is one that a source reads', async (kind) => {
  const storage = await kinds[kind]?.()
  if (storage === undefined) throw new Error(kind)
  const folder = storedFolder(storage.at('demo/inbox'), { name: storage.locate('demo/inbox'), isLocal: storage.isLocal })
  const entries: FolderEntry[] = []
  for await (const entry of folder.list(planListing('**/*.csv'), () => undefined)) entries.push(entry)
  expect(new Map(entries.map(({ path, bytes }) => [path, bytes]))).toEqual(
    new Map([
      ['a.csv', 5],
      ['2026/b.csv', 5],
    ]),
  )
  for (const entry of entries) {
    await using file = await takeFile(folder, entry, { workFolder: join(top, 'work') })
    const text = files[entry.path as keyof typeof files]
    expect(readFileSync(file.path, 'utf8')).toBe(text)
    expect(file.hash).toBe(createHash('sha256').update(text).digest('hex'))
  }
})
