import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, fileSource, text } from '@sluice/author'
import { temporaryLake } from '@sluice/lake/testing'
import { localFolder } from '@sluice/sources/folder'
import { afterAll, expect, test } from 'vitest'
import { contentsOf, inboxAt, pullOnce } from './pull.cases.ts'

const { lake, root, close } = await temporaryLake()
afterAll(close)
const source = fileSource({ name: 'inbox', folder: 'inbox' })

const becomes: Readonly<Record<string, (path: string) => void>> = {
  'a pipe that nobody writes to': (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdirSync(path),
  'a link out of the folder': (path) => symlinkSync('/etc/hostname', path),
  nothing: () => undefined,
}

/** When, in the taking of `b.csv`, something happens to a file. */
const moments = {
  'before it is opened': 'whereOnDisk',
  'between its hash and its rows': 'look',
} as const

let count = 0
const cases = Object.keys(becomes).flatMap((what) => Object.keys(moments).map((when) => ({ what, when: when as keyof typeof moments })))

test.each(cases)('a file that becomes $what $when is left, and the others are taken', async ({ what, when }) => {
  for (const known of [false, true]) {
    const into = dataset(`silver.rows${count++}`, { on: 'lake', columns: { id: bigint({ notNull: true }), note: text() } })
    const inbox = inboxAt(join(root, `inbox ${into.name}`))
    inbox.put('b.csv', 'id,note\n2,b\n')
    if (known) expect((await pullOnce({ lake, inbox, source, into })).error).toBeUndefined()
    // Another time, so that its bytes have to tell.
    if (known) utimesSync(join(inbox.path, 'b.csv'), 1e9, 1e9)
    inbox.put('a.csv', 'id,note\n1,a\n')
    inbox.put('c.csv', 'id,note\n3,c\n')
    const there = localFolder(inbox.path)
    let isDone = false
    const swap = (path: string): void => {
      if (path !== 'b.csv' || isDone) return
      isDone = true
      rmSync(join(inbox.path, path))
      becomes[what]?.(join(inbox.path, path))
    }
    const folder = {
      ...there,
      async whereOnDisk(path: string) {
        const found = await there.whereOnDisk(path)
        if (moments[when] === 'whereOnDisk') swap(path)
        return found
      },
      async look(path: string) {
        const found = await there.look(path)
        if (moments[when] === 'look') swap(path)
        return found
      },
    }
    const { error, log } = await pullOnce({ lake, inbox, folder, source, into, run: 'r2' })
    expect(error).toBeUndefined()
    expect((await contentsOf(lake, into)).rows).toEqual(known ? ['1|a', '2|b', '3|c'] : ['1|a', '3|c'])
    // One whose bytes were those of before is not read again.
    if (!known || moments[when] === 'whereOnDisk') expect(log).toContain('info b.csv is left: it is not there any more')
  }
})

test.each([
  ['is gone', (path: string) => rmSync(path), 'it is not there any more'],
  ['is cut off', (path: string) => truncateSync(path, 9), 'it was written to while it was read'],
  ['has other columns', (path: string) => writeFileSync(path, 'x\n'), 'it was written to while it was read'],
])('a file that %s once it was opened is left, and those of its commit are taken', async (_, change, left) => {
  const into = dataset(`silver.rows${count++}`, { on: 'lake', columns: { id: bigint({ notNull: true }), note: text() } })
  const inbox = inboxAt(join(root, `inbox ${into.name}`))
  for (const name of ['a', 'b', 'c']) inbox.put(`${name}.csv`, `id,note\n1,${name}\n`)
  const there = localFolder(inbox.path)
  let isDone = false
  const look: typeof there.look = async (path) => {
    if (path === 'c.csv' && !isDone) {
      isDone = true
      change(join(inbox.path, 'b.csv'))
    }
    return await there.look(path)
  }
  const { error, log } = await pullOnce({ lake, inbox, folder: { ...there, look }, source, into })
  expect(error).toBeUndefined()
  expect((await contentsOf(lake, into)).rows).toEqual(['1|a', '1|c'])
  expect(log).toContain(`info b.csv is left: ${left}`)
})

test('a name that begins with a byte order mark is told', async () => {
  const into = dataset(`silver.rows${count++}`, { on: 'lake', columns: { id: bigint({ notNull: true }), note: text() } })
  const inbox = inboxAt(join(root, `inbox ${into.name}`))
  inbox.put('\uFEFFa.csv', 'id,note\n1,a\n')
  inbox.put('z/\uFEFFb.csv', 'id,note\n2,b\n')
  const { log } = await pullOnce({ lake, inbox, source, into })
  expect(log).toContain('warn \\u{feff}a.csv is not taken: its name begins with a byte order mark')
  expect((await contentsOf(lake, into)).rows).toEqual(['2|b'])
})
