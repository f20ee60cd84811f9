import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, fileSource } from '@sluice/author'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { type Folder, localFolder } from '@sluice/sources/folder'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inboxAt, pullOnce } from './pull.cases.ts'

const into = dataset('silver.numbers', { on: 'lake', columns: { n: bigint() } })
const source = fileSource({ name: 'numbers', folder: 'inbox' })
const names = ['a.csv', 'b.csv', 'c.csv', 'd.csv']

let at: TemporaryLake
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

test.each(['new', 'changed'])(
  '%s files that go, change or cannot be read once they were looked at end no pull of the others',
  async (kind) => {
    const inbox = inboxAt(join(at.root, 'inbox'))
    const putAll = (n: number): void => names.forEach((name) => void inbox.put(name, `n\n${n}\n`))
    putAll(1)
    if (kind === 'changed') {
      await pullOnce({ lake: at.lake, inbox, source, into, run: 'r1' })
      putAll(2)
    }
    const folder = localFolder(inbox.path)
    const meanwhile = new Map([
      ['a.csv', () => inbox.put('a.csv', 'n\n3\n')],
      ['b.csv', () => inbox.remove('b.csv')],
    ])
    // As a disk that has gone leaves the folder over which it was mounted.
    const away = join(at.root, 'away', 'c.csv')
    mkdirSync(away, { recursive: true })
    const moving: Folder = {
      ...folder,
      async whereOnDisk(path) {
        const found = await folder.whereOnDisk(path)
        meanwhile.get(path)?.()
        meanwhile.delete(path)
        return path === 'c.csv' ? away : found
      },
    }
    const { log, error, receipts } = await pullOnce({ lake: at.lake, inbox, folder: moving, source, into, run: 'r2' })
    expect(receipts).toMatchObject([{ file: { path: 'd.csv' }, rowsWritten: 1 }])
    expect(log).toContain('info a.csv is left: it was written to while it was read')
    expect(log).toContain('info b.csv is left: it is not there any more')
    expect(error).toMatchObject({ code: 'file.unreadable', message: expect.stringContaining('c.csv') })
  },
)
