import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, expect, test } from 'vitest'
import { outputOf, startScript } from '../../testing/script.ts'
import type { LogStore } from '../store.ts'
import { removeTemporaryFolders, type StoreLocation } from './location.ts'

const odd = ['p=a%2Fb', 'with space', 'ü€𝄞', 'a+b', 'a#b', 'a?b', 'a&b=c', "it's (here)!*", 'tab\there', '~x;y:z@w,v', 'a<b>"c"']

export const byText = (a: string, b: string) => (a < b ? -1 : 1)
const bySize = (a: number, b: number) => a - b

/** What every store must do. `makeLocation` gives an empty one. */
export function storeCases(makeLocation: () => StoreLocation): void {
  afterAll(removeTemporaryFolders)

  test('a missing file is undefined, a missing folder is empty, deleting what is missing is fine', async () => {
    const store = makeLocation().open()
    expect(await store.read('_delta_log/x.json')).toBeUndefined()
    expect(await store.stat('_delta_log/x.json')).toBeUndefined()
    expect(await store.readBytes('x')).toBeUndefined()
    expect(await store.readBytes('x', { offset: 3, length: 4 })).toBeUndefined()
    expect(await store.list('_delta_log')).toEqual([])
    expect(await store.walk('.')).toEqual([])
    await store.delete('_delta_log/x.json')
    await store.fetch(['missing.parquet'])
  })

  test('what one machine created another sees at once: text, bytes, facts, listing', async () => {
    const location = makeLocation()
    const [ours, theirs] = [location.open(), location.open()]
    await ours.makeFolder('_delta_log')
    const before = Date.now()
    expect(await ours.putIfAbsent('_delta_log/0.json', 'first ü\n')).toBe(true)
    expect(await theirs.read('_delta_log/0.json')).toBe('first ü\n')
    expect(await theirs.list('_delta_log')).toEqual(['0.json'])
    const facts = await theirs.stat('_delta_log/0.json')
    expect(facts?.size).toBe(9)
    // Some stores report whole seconds.
    expect(facts?.modifiedMs).toBeGreaterThan(before - 1_000)
    expect(facts?.modifiedMs).toBeLessThan(Date.now() + 1_000)
    expect(await theirs.putIfAbsent('_delta_log/0.json', 'second')).toBe(false)
    expect(await ours.read('_delta_log/0.json')).toBe('first ü\n')
    await ours.put('_delta_log/_last_checkpoint', 'ab')
    const mark = (await theirs.stat('_delta_log/_last_checkpoint'))?.mark
    expect((await theirs.walk('.')).find(({ path }) => path === '_delta_log/_last_checkpoint')?.mark).toBe(mark)
    await ours.put('_delta_log/_last_checkpoint', 'bc')
    expect(await theirs.read('_delta_log/_last_checkpoint')).toBe('bc')
    // Of one size, and maybe of one time.
    expect((await theirs.stat('_delta_log/_last_checkpoint'))?.mark).not.toBe(mark)
    await theirs.delete('_delta_log/0.json')
    expect(await ours.read('_delta_log/0.json')).toBeUndefined()
    expect(await ours.stat('_delta_log/0.json')).toBeUndefined()
    expect(await ours.putIfAbsent('_delta_log/0.json', 'third')).toBe(true)
  })

  test('an empty file is a file', async () => {
    const store = makeLocation().open()
    await store.makeFolder('a')
    expect(await store.putIfAbsent('a/empty', '')).toBe(true)
    expect(await store.read('a/empty')).toBe('')
    expect(await store.stat('a/empty')).toMatchObject({ size: 0 })
    expect(await store.readBytes('a/empty', { offset: 0, length: 5 })).toHaveLength(0)
  })

  test('of many concurrent creations exactly one wins, and the file has its content', async () => {
    const location = makeLocation()
    const machines = [location.open(), location.open(), location.open()]
    await Promise.all(machines.map((machine) => machine.makeFolder('_delta_log')))
    for (let round = 0; round < 15; round++) {
      const path = `_delta_log/${round}.json`
      const contents = Array.from({ length: 12 }, () => randomUUID().repeat(300))
      const won = await Promise.all(contents.map((content, index) => (machines[index % 3] as LogStore).putIfAbsent(path, content)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await location.open().read(path)).toBe(contents[won.indexOf(true)])
    }
  })

  test('of creations by several processes exactly one wins', async (context) => {
    const location = makeLocation()
    if (location.description === undefined) return context.skip('no other process can see it')
    const store = location.open()
    await store.makeFolder('_delta_log')
    const [processes, rounds] = [4, 40]
    const children = Array.from({ length: processes }, (_, index) =>
      startScript(join(import.meta.dirname, 'racer.ts'), JSON.stringify(location.description), `racer-${index}`, String(rounds)),
    )
    await Promise.all(children.map(async ({ stdout }) => stdout && (await once(stdout, 'data'))))
    for (const child of children) child.stdin?.end('go\n')
    const won = (await Promise.all(children.map(outputOf))).map((output) => JSON.parse(output) as number[])
    expect(won.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: rounds }, (_, round) => round))
    for (const [index, rows] of won.entries())
      for (const round of rows) expect(await store.read(`_delta_log/race-${round}`)).toBe(`racer-${index} `.repeat(500))
  })

  test('a reader sees nothing or everything', async () => {
    const location = makeLocation()
    const [writer, reader] = [location.open(), location.open()]
    await writer.makeFolder('_delta_log')
    const content = 'x'.repeat(300_000)
    for (let round = 0; round < 10; round++) {
      const path = `_delta_log/${round}`
      let done = false
      const written = writer.putIfAbsent(path, content).then((created) => {
        done = true
        return created
      })
      const seen = new Set<number | undefined>()
      while (!done) {
        seen.add((await reader.read(path))?.length)
        seen.add((await reader.stat(path))?.size)
      }
      expect(await written).toBe(true)
      expect([...seen].filter((size) => size !== undefined && size !== content.length)).toEqual([])
      expect(await reader.read(path)).toBe(content)
    }
  })

  test('ranges of bytes are read, also across the end and after it', async () => {
    const store = makeLocation().open()
    await store.makeFolder('a')
    await store.putIfAbsent('a/bytes', '0123456789')
    const range = async (offset: number, length: number) => new TextDecoder().decode(await store.readBytes('a/bytes', { offset, length }))
    expect(await range(0, 1)).toBe('0')
    expect(await range(3, 4)).toBe('3456')
    expect(await range(8, 10)).toBe('89')
    expect(await range(10, 5)).toBe('')
    expect(await range(50, 5)).toBe('')
    expect(await range(2, 0)).toBe('')
    expect(new TextDecoder().decode(await store.readBytes('a/bytes'))).toBe('0123456789')
  })

  test('odd characters in folders and names are kept', async () => {
    const location = makeLocation()
    const [store, other] = [location.open(), location.open()]
    for (const name of odd) {
      await store.makeFolder(name)
      writeFileSync(join(store.root, name, `${name}.parquet`), name)
      await store.persist([`${name}/${name}.parquet`])
    }
    for (const name of odd) {
      const path = `${name}/${name}.parquet`
      expect(await other.list(name)).toEqual([`${name}.parquet`])
      expect(await other.read(path)).toBe(name)
      await other.fetch([path])
      expect(readFileSync(join(other.root, path), 'utf8')).toBe(name)
      expect(await other.stat(path)).toMatchObject({ size: Buffer.byteLength(name) })
    }
    const walked = await other.walk('.')
    expect(walked.map(({ path }) => path).sort(byText)).toEqual(odd.map((name) => `${name}/${name}.parquet`).sort(byText))
    expect(walked.map(({ size }) => size).sort(bySize)).toEqual(odd.map((name) => Buffer.byteLength(name)).sort(bySize))
    for (const name of odd) await store.delete(`${name}/${name}.parquet`)
    expect(await other.walk('.')).toEqual([])
  })

  test('lists a folder of several pages, and only that folder', async () => {
    const store = makeLocation().open()
    await store.makeFolder('_delta_log/deeper')
    const names = Array.from({ length: 1_030 }, (_, index) => `${String(index).padStart(20, '0')}.json`)
    for (let from = 0; from < names.length; from += 50)
      await Promise.all(names.slice(from, from + 50).map((name) => store.put(`_delta_log/${name}`, name)))
    await store.put('_delta_log/deeper/x', 'x')
    await store.put('_delta_logs', 'x')
    expect((await store.list('_delta_log')).filter((name) => name.endsWith('.json')).sort(byText)).toEqual(names)
    expect((await store.walk('_delta_log')).map(({ path }) => path).sort(byText)).toEqual(
      [...names, 'deeper/x'].map((name) => `_delta_log/${name}`).sort(byText),
    )
  })

  test('a large file is written and read back, and its middle is read without the rest', async () => {
    const location = makeLocation()
    const [store, other] = [location.open(), location.open()]
    const bytes = Buffer.from(seeded(seedOfRun()).bytes(12 * 2 ** 20 + 7))
    await store.makeFolder('data')
    writeFileSync(join(store.root, 'data/large.parquet'), bytes)
    await store.persist(['data/large.parquet'])
    expect(await other.stat('data/large.parquet')).toMatchObject({ size: bytes.length })
    const middle = await other.readBytes('data/large.parquet', { offset: 6_000_000, length: 1_000 })
    expect(Buffer.from(middle ?? []).equals(bytes.subarray(6_000_000, 6_001_000))).toBe(true)
    await Promise.all([other.fetch(['data/large.parquet']), other.fetch(['data/large.parquet'])])
    expect(digest(await readFile(join(other.root, 'data/large.parquet')))).toBe(digest(bytes))
  })

  test.for([100, 12 * 2 ** 20])('of two files of %i bytes that are adopted under one name the first is kept', async (size) => {
    const location = makeLocation()
    const machines = [location.open(), location.open()]
    const random = seeded(seedOfRun())
    const contents = [Buffer.from(random.bytes(size)), Buffer.from(random.bytes(size))]
    const won = await Promise.all(
      machines.map(async (machine, index) => {
        await machine.makeFolder('_delta_log')
        writeFileSync(join(machine.root, `_delta_log/.${index}.tmp`), contents[index] ?? '')
        return await machine.adopt(`_delta_log/.${index}.tmp`, '_delta_log/1.checkpoint.parquet')
      }),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    const winner = contents[won.indexOf(true)] ?? Buffer.alloc(0)
    for (const machine of [...machines, location.open()]) {
      await machine.fetch(['_delta_log/1.checkpoint.parquet'])
      expect(digest(await readFile(join(machine.root, '_delta_log/1.checkpoint.parquet')))).toBe(digest(winner))
      expect((await machine.list('_delta_log')).filter((name) => !name.startsWith('.'))).toEqual(['1.checkpoint.parquet'])
    }
  })

  test('a file that cannot be made durable is an error with its name, and no file appears', async () => {
    const store = makeLocation().open()
    await expect(store.persist(['missing.parquet'])).rejects.toMatchObject({ code: 'store.failed', facts: { path: 'missing.parquet' } })
    await expect(store.adopt('_delta_log/.missing.tmp', '_delta_log/x')).rejects.toMatchObject({ code: 'store.failed' })
    expect(await store.walk('.')).toEqual([])
  })

  test('a temporary file exists for DuckDB until it is deleted', async () => {
    const store = makeLocation().open()
    await store.makeFolder('_delta_log')
    await store.put('_delta_log/.lines.tmp', 'lines')
    expect(readFileSync(join(store.root, '_delta_log/.lines.tmp'), 'utf8')).toBe('lines')
    await store.delete('_delta_log/.lines.tmp')
    expect(() => readFileSync(join(store.root, '_delta_log/.lines.tmp'))).toThrow(/ENOENT/)
  })
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
