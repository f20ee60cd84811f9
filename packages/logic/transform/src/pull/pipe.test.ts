import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, fileSource } from '@sluice/author'
import { temporaryLake } from '@sluice/lake/testing'
import { localFolder } from '@sluice/sources/folder'
import { afterAll, expect, test } from 'vitest'
import { contentsOf, inboxAt, pullOnce } from './pull.cases.ts'

const { lake, root, close } = await temporaryLake()
afterAll(close)

test('a file that becomes a pipe that nobody writes to is left, and the others are taken', async () => {
  const into = dataset('silver.rows', { on: 'lake', columns: { id: bigint({ notNull: true }) } })
  const inbox = inboxAt(join(root, 'inbox'))
  inbox.put('a.csv', 'id\n1\n')
  inbox.put('b.csv', 'id\n2\n')
  const there = localFolder(inbox.path)
  const whereOnDisk: typeof there.whereOnDisk = async (path) => {
    const found = await there.whereOnDisk(path)
    if (path !== 'a.csv') return found
    rmSync(join(inbox.path, path))
    execFileSync('mkfifo', [join(inbox.path, path)])
    return found
  }
  const source = fileSource({ name: 'inbox', folder: 'inbox' })
  const { error } = await pullOnce({ lake, inbox, folder: { ...there, whereOnDisk }, source, into })
  expect(error).toBeUndefined()
  expect((await contentsOf(lake, into)).rows).toEqual(['2'])
})
