import { chmodSync, copyFileSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bigint, dataset, fileSource, text } from '@sluice/author'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { type Folder, localFolder } from '@sluice/sources/folder'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contentsOf, type Inbox, inboxAt, type PulledOnce, type PullOf, pullOnce } from './pull.cases.ts'

const columns = { id: bigint({ notNull: true }), note: text() }
const plain = dataset('silver.rows', { on: 'lake', columns, quarantine: { fail: 0.5 } })
const keyed = dataset('silver.keyed', { on: 'lake', columns, key: ['id'], quarantine: { fail: 0.5 } })

let lake: TemporaryLake
let inbox: Inbox
let run = 0
beforeEach(async () => {
  lake = await temporaryLake()
  inbox = inboxAt(join(lake.root, 'inbox'))
})
afterEach(() => lake.close())

const move = (from: string, to: string): void => {
  mkdirSync(dirname(join(inbox.path, to)), { recursive: true })
  renameSync(join(inbox.path, from), join(inbox.path, to))
}
const rows = (...ids: readonly number[]): string => `id,note\n${ids.map((id) => `${id},note ${id}\n`).join('')}`

describe.each([plain, keyed])('of $id', (into) => {
  const pulled = async (vanished: 'keep' | 'delete', over: Partial<PullOf> = {}): Promise<PulledOnce> => {
    const source = fileSource({ name: 'inbox', folder: 'inbox', vanished })
    run += 1
    return await pullOnce({ lake: lake.lake, inbox, source, into, run: `r${run}`, logicalTime: run * 1_000, ...over })
  }
  const ids = async () => (await contentsOf(lake.lake, into)).rows.map((row) => Number(row.split('|')[0]))
  const files = async () => {
    const found: string[] = []
    for await (const some of lake.lake.filesOf(into.name, 'inbox'))
      found.push(...some.filter(({ gone }) => !gone).map((file) => `${file.path}: ${file.rowsWritten}`))
    return found
  }

  test.each(['keep', 'delete'] as const)('a moved file is told, and its rows stand there once (vanished: %s)', async (vanished) => {
    inbox.put('a.csv', `${rows(1, 2)}x,broken\n`)
    inbox.put('b.csv', rows(3))
    await pulled(vanished)
    move('a.csv', 'archive/a.csv')
    const second = await pulled(vanished)
    expect(second.error).toBeUndefined()
    expect(second.output).toMatchObject({ batches: 0, rowsIn: 0, files: { found: 2, moved: 1, new: 0, vanished: 0, unchanged: 1 } })
    expect(second.receipts).toMatchObject([
      {
        ...{ status: 'skipped', reason: 'moved from a.csv', generation: 1, rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0 },
        file: { path: 'archive/a.csv', first: 'a.csv', moved: { from: 'a.csv', rowsIn: 3, rowsWritten: 2, rowsQuarantined: 1 } },
      },
    ])
    expect(second.log[0]).toBe('info found 2 files of inbox: 1 moved, 1 unchanged')
    expect(second.log).toContain('info archive/a.csv: it was a.csv before, and its rows stay')
    expect([await ids(), await files()]).toEqual([
      [1, 2, 3],
      ['archive/a.csv: 2', 'b.csv: 1'],
    ])
    const retry = await pulled(vanished, { run: `r${run}` })
    expect(retry.receipts).toMatchObject([{ status: 'skipped', replayed: true, file: { path: 'archive/a.csv' } }])
    expect((await pulled(vanished)).receipts).toEqual([])
    inbox.put('archive/a.csv', rows(1, 4))
    expect((await pulled(vanished)).receipts).toMatchObject([{ generation: 2, file: { path: 'archive/a.csv', first: 'a.csv' } }])
    expect(await ids()).toEqual([1, 3, 4])
    inbox.put('a.csv', rows(5))
    expect((await pulled(vanished)).receipts).toMatchObject([{ generation: 0, file: { path: 'a.csv' } }])
    expect([await ids(), await files()]).toEqual([
      [1, 3, 4, 5],
      ['a.csv: 1', 'archive/a.csv: 2', 'b.csv: 1'],
    ])
    expect((await pulled(vanished)).receipts).toEqual([])
  })

  test('names that are swapped are two moves, a file moved over another takes its rows away, and one behind a move is new', async () => {
    inbox.put('a.csv', rows(1))
    inbox.put('b.csv', rows(2, 3))
    inbox.put('c.csv', rows(4, 5, 6))
    await pulled('keep')
    move('a.csv', 'swap')
    move('b.csv', 'a.csv')
    move('swap', 'b.csv')
    expect((await pulled('keep')).output?.files).toMatchObject({ moved: 2, changed: 0 })
    expect([await ids(), await files()]).toEqual([
      [1, 2, 3, 4, 5, 6],
      ['a.csv: 2', 'b.csv: 1', 'c.csv: 3'],
    ])
    move('c.csv', 'a.csv')
    const over = await pulled('keep')
    expect(over.receipts.map(({ reason, file }) => `${file?.path}: ${reason}`).toSorted()).toEqual([
      'a.csv: another file was moved to its path',
      'a.csv: moved from c.csv',
    ])
    expect([await ids(), await files()]).toEqual([
      [1, 4, 5, 6],
      ['a.csv: 3', 'b.csv: 1'],
    ])
    move('a.csv', 'old/a.csv')
    inbox.put('a.csv', rows(7))
    inbox.put('c.csv', rows(8))
    const behind = await pulled('keep')
    expect(behind.output?.files).toMatchObject({ moved: 1, new: 2, changed: 0 })
    expect([await ids(), await files()]).toEqual([
      [1, 4, 5, 6, 7, 8],
      ['a.csv: 1', 'b.csv: 1', 'c.csv: 1', 'old/a.csv: 3'],
    ])
    expect((await pulled('keep')).receipts).toEqual([])
  })

  test('a copy is a file of its own, files of the same bytes count each, and one that was moved and changed is told', async () => {
    inbox.put('a.csv', rows(1))
    inbox.put('b.csv', rows(1))
    await pulled('keep')
    copyFileSync(join(inbox.path, 'a.csv'), join(inbox.path, 'c.csv'))
    expect((await pulled('keep')).output?.files).toMatchObject({ new: 1, moved: 0 })
    expect(await files()).toEqual(['a.csv: 1', 'b.csv: 1', 'c.csv: 1'])
    move('a.csv', 'old/a.csv')
    inbox.put('old/a.csv', rows(1, 2))
    const changed = await pulled('keep')
    expect(changed.output?.files).toMatchObject({ new: 1, moved: 0, vanished: 1 })
    expect(changed.log.join('\n')).toContain('warn old/a.csv is new, and a.csv of that name is not there any more')
  })

  test('a moved file that waits for its span keeps its rows until its bytes tell', async () => {
    inbox.put('a.csv', rows(1))
    inbox.put('b.csv', rows(2))
    await pulled('delete')
    move('a.csv', 'archive/a.csv')
    const early = await pulled('delete', { clock: { now: () => Date.now(), wait: async () => undefined } })
    expect([early.output?.files, await ids()]).toMatchObject([{ waiting: 1, vanished: 0, moved: 0 }, [1, 2]])
    expect((await pulled('delete')).output?.files).toMatchObject({ moved: 1 })
  })
})

test('bytes written over others of the same size and time are found, be they put there in place or by another file', async () => {
  const source = fileSource({ name: 'inbox', folder: 'inbox' })
  const pull = async (of: string) => await pullOnce({ lake: lake.lake, inbox, source, into: plain, run: of })
  inbox.put('a.csv', rows(1), 1_767_225_600_000)
  inbox.put('b.csv', rows(2), 1_767_225_600_000)
  await pull('first')
  writeFileSync(join(inbox.path, 'a.csv'), rows(3))
  utimesSync(join(inbox.path, 'a.csv'), 1_767_225_600, 1_767_225_600)
  inbox.put('restored', rows(4), 1_767_225_600_000)
  move('restored', 'b.csv')
  expect((await pull('second')).output?.files).toMatchObject({ changed: 2, unchanged: 0 })
  expect((await contentsOf(lake.lake, plain)).rows).toEqual(['3|note 3', '4|note 4'])
  expect((await pull('third')).receipts).toEqual([])
})

test('a file that was touched is compared once, and then known as it looks now', async () => {
  const source = fileSource({ name: 'inbox', folder: 'inbox' })
  let compared = 0
  const folder = localFolder(inbox.path)
  const counting: Folder = {
    ...folder,
    whereOnDisk: async (path) => {
      compared++
      return await folder.whereOnDisk(path)
    },
  }
  const pull = async (of: string) => await pullOnce({ lake: lake.lake, inbox, folder: counting, source, into: plain, run: of })
  inbox.put('a.csv', rows(1))
  inbox.put('b.csv', rows(2))
  await pull('first')
  const compares = async (of: string): Promise<number> => {
    const before = compared
    expect((await pull(of)).output).toMatchObject({ batches: 0, files: { unchanged: 2 } })
    return compared - before
  }
  inbox.put('a.csv', rows(1))
  chmodSync(join(inbox.path, 'b.csv'), 0o600)
  expect([await compares('second'), await compares('third')]).toEqual([2, 0])
  inbox.put('a.csv', rows(1))
  expect([await compares('fourth'), await compares('fifth')]).toEqual([1, 0])
  inbox.put('a.csv', rows(3))
  expect((await pull('sixth')).output).toMatchObject({ batches: 1, files: { changed: 1 } })
  expect([await compares('seventh')]).toEqual([0])
})
