import { createHash } from 'node:crypto'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type FileStore,
  type Folder,
  type FolderEntry,
  localFolder,
  type OddEntry,
  planListing,
  sortedListing,
  storedFolder,
  takeFile,
  takeReady,
} from './index.ts'
import { piecesOf } from './pieces.ts'

const top = mkdtempSync(join(tmpdir(), 'sluice folder '))
let duck: DuckDB
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  rmSync(top, { recursive: true, force: true })
})

const old = Date.UTC(2026, 0, 1)
function put(root: string, path: string, content = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
  utimesSync(join(root, path), old / 1000, old / 1000)
}

async function listed(folder: Folder, pattern: string): Promise<{ readonly paths: readonly string[]; readonly odd: readonly OddEntry[] }> {
  const [entries, odd]: [FolderEntry[], OddEntry[]] = [[], []]
  for await (const entry of folder.list(planListing(pattern), (each) => odd.push(each))) entries.push(entry)
  return { paths: entries.map(({ path }) => path).sort(), odd: odd.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** A store of objects, as a bucket has them. */
function objects(files: Readonly<Record<string, string>>): FileStore {
  const bytesOf = (path: string): Uint8Array | undefined => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path]))
  return {
    root: join(top, 'no such stage'),
    walk: async (folder) =>
      Object.keys(files)
        .filter((path) => folder === '.' || path.startsWith(`${folder}/`))
        .map((path) => ({ path, size: bytesOf(path)?.length ?? 0, modifiedMs: old })),
    stat: async (path) => (files[path] === undefined ? undefined : { size: bytesOf(path)?.length ?? 0, modifiedMs: old }),
    readBytes: async (path, { offset, length }) => bytesOf(path)?.subarray(offset, offset + length),
  }
}

const files = ['a.csv', 'b.tsv', 'x/c.csv', 'x/y/d.csv', '.hidden/e.csv', 'x/.f.csv', 'z/g.csv']
describe.for(['a folder of this machine', 'a bucket'])('%s', (kind) => {
  function made(name: string, content: Readonly<Record<string, string>>): Folder {
    const root = join(top, kind, name)
    mkdirSync(root, { recursive: true })
    for (const [path, text] of Object.entries(content)) put(root, path, text)
    return kind === 'a bucket' ? storedFolder(objects(content), { name: 's3://b/in', isLocal: false }) : localFolder(root)
  }

  test('lists what the pattern takes', async () => {
    const folder = made('listed', Object.fromEntries(files.map((path) => [path, path])))
    expect((await listed(folder, '**/*.csv')).paths).toEqual(['a.csv', 'x/c.csv', 'x/y/d.csv', 'z/g.csv'])
    expect((await listed(folder, 'x/**')).paths).toEqual(['x/c.csv', 'x/y/d.csv'])
    expect((await listed(folder, 'nowhere/*')).paths).toEqual([])
    expect(await folder.look('x/c.csv')).toMatchObject({ path: 'x/c.csv', bytes: 7, modified: old })
    expect(await folder.look('x/none.csv')).toBeUndefined()
  })

  test('gives a file with its hash, as a copy where it is asked for or lies elsewhere', async () => {
    const text = 'é'.repeat(3_000_000)
    const folder = made('taken', { 'a.csv.gz': text })
    const entry = await folder.look('a.csv.gz')
    if (entry === undefined) throw new Error('no file')
    const workFolder = join(top, kind, 'work')
    {
      await using file = await takeFile(folder, entry, { workFolder, copy: true })
      expect(file).toMatchObject({ name: 'a.csv.gz', bytes: 6_000_000, hash: createHash('sha256').update(text).digest('hex') })
      expect([file.path.startsWith(workFolder), file.path.endsWith('.gz'), (await readdir(workFolder)).length]).toEqual([true, true, 1])
    }
    expect(await readdir(workFolder)).toEqual([])
    await using plain = await takeFile(folder, entry, { workFolder })
    expect(await readdir(workFolder)).toHaveLength(kind === 'a bucket' ? 1 : 0)
    expect(plain.bytes).toBe(6_000_000)
    await expect(takeFile(folder, { ...entry, path: 'gone' }, { workFolder })).rejects.toMatchObject({ code: 'file.missing' })
    await expect(takeFile(folder, { ...entry, bytes: 5 }, { workFolder })).rejects.toMatchObject({
      code: 'file.changed',
      kind: 'retryable',
    })
    expect(await readdir(workFolder)).toHaveLength(kind === 'a bucket' ? 1 : 0)
  })
})

test('a file that goes, or cannot be read, between the look and the reading is told by its path and what to do', async () => {
  const root = join(top, 'race')
  put(root, 'a.csv')
  const folder = localFolder(root)
  const entry = await folder.look('a.csv')
  if (entry === undefined) throw new Error('no file')
  const at = join(root, 'a.csv')
  const take = async (meanwhile: () => void) => {
    const whereOnDisk = async (): Promise<string> => {
      meanwhile()
      return at
    }
    return await takeFile({ ...folder, whereOnDisk }, entry, { workFolder: top })
  }
  await expect(take(() => rmSync(at))).rejects.toMatchObject({ code: 'file.missing', next: expect.stringContaining('pull again') })
  await expect(take(() => mkdirSync(at))).rejects.toMatchObject({ code: 'file.unreadable', message: expect.stringContaining(at) })
})

test('the bytes of another file that was in its place for a while are not taken for those of a file', async () => {
  const root = join(top, 'place')
  put(root, 'a.csv', 'n\n1\n')
  put(root, 'b.csv', 'n\n2\n')
  const folder = localFolder(root)
  const entry = await folder.look('a.csv')
  if (entry === undefined) throw new Error('no file')
  const whereOnDisk = (): Promise<string> => Promise.resolve(join(root, 'b.csv'))
  await expect(takeFile({ ...folder, whereOnDisk }, entry, { workFolder: top })).rejects.toMatchObject({ code: 'file.changed' })
})

test.runIf(process.platform === 'linux')('a disk that gives no more of a file that was opened is told as a fault of the file', async () => {
  // Nothing is mapped where the memory of a process begins: its reading is EIO.
  await expect(piecesOf('/proc/self/mem').next()).rejects.toMatchObject({
    code: 'file.unreadable',
    message: expect.stringMatching(/^\/proc\/self\/mem cannot be read: EIO/),
  })
})

test('a folder that is not there, is a file or cannot be read is an error, and not an empty folder', async () => {
  put(top, 'a file')
  const missing = { code: 'file.missing', message: expect.stringContaining('There is no folder') }
  await expect(listed(localFolder(join(top, 'none')), '**')).rejects.toMatchObject(missing)
  await expect(listed(localFolder(join(top, 'a file')), '**')).rejects.toMatchObject(missing)
  const locked = join(top, 'locked')
  put(locked, 'inner/a.csv')
  chmodSync(join(locked, 'inner'), 0)
  const outcome = await listed(localFolder(locked), '**').catch((thrown: unknown) => thrown)
  chmodSync(join(locked, 'inner'), 0o755)
  // The owner of the machine may read everything.
  if (process.getuid?.() === 0) expect(outcome).toMatchObject({ paths: ['inner/a.csv'] })
  else expect(outcome).toMatchObject({ code: 'file.unreadable' })
})

test('names that are not text, links that lead out and what is not a file are told and not taken', async () => {
  const root = join(top, 'odd')
  put(root, 'good.csv')
  put(root, 'real \uFFFD.csv')
  put(root, 'line\nbreak.csv')
  put(root, 'inner/x.csv')
  put(top, 'outside/secret.csv')
  writeFileSync(Buffer.concat([Buffer.from(`${root}/latin `), Buffer.from([0xe9]), Buffer.from('.csv')]), '')
  symlinkSync(join(root, 'good.csv'), join(root, 'link.csv'))
  symlinkSync('../outside/secret.csv', join(root, 'out.csv'))
  symlinkSync('nothing', join(root, 'broken.csv'))
  symlinkSync(join(root, 'inner'), join(root, 'folder'))
  symlinkSync(root, join(root, 'inner', 'circle'))
  symlinkSync('other', join(root, 'not asked for.txt'))
  const folder = localFolder(root)
  expect(await listed(folder, '**/*.csv')).toEqual({
    paths: ['good.csv', 'inner/x.csv', 'link.csv', 'real \uFFFD.csv'],
    odd: [
      { path: 'broken.csv', why: 'it is a link to nothing' },
      { path: 'folder', why: 'it is a link to a folder' },
      { path: 'inner/circle', why: 'it is a link to a folder' },
      { path: 'latin \uFFFD.csv', why: 'its name is not UTF-8' },
      { path: 'line\\u{a}break.csv', why: 'its name holds control characters' },
      { path: 'out.csv', why: 'it is a link that leads out of the folder' },
    ],
  })
  expect(await folder.look('out.csv')).toBeUndefined()
  const entry: FolderEntry = { path: 'out.csv', bytes: 10, modified: old }
  await expect(takeFile(folder, entry, { workFolder: join(top, 'w') })).rejects.toMatchObject({ code: 'file.missing' })
  await expect(takeFile(folder, { ...entry, path: '../outside/secret.csv' }, { workFolder: join(top, 'w') })).rejects.toMatchObject({
    code: 'file.missing',
  })
})

test('a file that is written to while it is read is noticed, also when its size stays as it was', async () => {
  const root = join(top, 'written')
  const before = 'x'.repeat(3_000_000)
  const folder = localFolder(root)
  const write = (text: string): void => writeFileSync(join(root, 'a.csv'), text)
  const busy = (content: string): Folder => ({
    ...folder,
    async *read(path) {
      for await (const piece of folder.read(path)) {
        yield piece
        write(content)
      }
    },
    async whereOnDisk(path) {
      write(content)
      return await folder.whereOnDisk(path)
    },
  })
  for (const content of ['y'.repeat(3_000_000), `${before}more`, 'less'])
    for (const copy of [true, false]) {
      put(root, 'a.csv', before)
      const entry = await folder.look('a.csv')
      if (entry === undefined) throw new Error('no file')
      const taken = takeFile(busy(content), entry, { workFolder: join(top, 'w'), copy })
      await expect(taken, `${content.length} ${copy}`).rejects.toMatchObject({ code: 'file.changed' })
    }
})

test('what is being written is waited for once, and left for the next pull when it goes on', async () => {
  const root = join(top, 'ready')
  for (const path of ['old.csv', 'young.csv', 'growing.csv', 'going.csv']) put(root, path)
  const folder = localFolder(root)
  const entries: FolderEntry[] = []
  for await (const entry of folder.list(planListing('*'), () => undefined)) entries.push(entry)
  const [first] = entries
  if (first?.touched === undefined) throw new Error('no file')
  let nowMs = Math.max(...entries.map(({ touched = 0 }) => touched))
  const aged = entries.map((entry) => (entry.path === 'old.csv' ? { ...entry, touched: old } : entry))
  const waits: number[] = []
  const clock = {
    now: () => nowMs,
    wait: async (ms: number) => {
      waits.push(ms)
      nowMs += ms
      appendFileSync(join(root, 'growing.csv'), 'more')
      rmSync(join(root, 'going.csv'))
    },
  }
  const { ready, waiting } = await takeReady(folder, aged, { stableMs: 10_000 }, clock)
  expect([ready.map(({ path }) => path).sort(), waiting.map(({ path }) => path)]).toEqual([['old.csv', 'young.csv'], ['growing.csv']])
  expect(waits).toEqual([10_000])
  await takeReady(folder, [{ ...first, touched: old }], { stableMs: 10_000 }, clock)
  expect(waits).toHaveLength(1)
})

test('with a marker a file is ready once its marker is there, and markers are not files', async () => {
  const root = join(top, 'marked')
  for (const path of ['a.csv', 'a.csv.done', 'b.csv', 'x/c.csv', 'x/_SUCCESS', 'y/d.csv']) put(root, path)
  const folder = localFolder(root)
  const entries: FolderEntry[] = []
  for await (const entry of folder.list(planListing('**'), () => undefined)) entries.push(entry)
  const clock = { now: () => old, wait: () => Promise.reject(new Error('waited')) }
  const names = async (marker: string) => {
    const { ready, waiting } = await takeReady(folder, entries, { marker }, clock)
    return [ready.map(({ path }) => path).sort(), waiting.map(({ path }) => path).sort()]
  }
  expect(await names('*.done')).toEqual([['a.csv'], ['b.csv', 'x/_SUCCESS', 'x/c.csv', 'y/d.csv']])
  expect(await names('_SUCCESS')).toEqual([['x/c.csv'], ['a.csv', 'a.csv.done', 'b.csv', 'y/d.csv']])
})

test('a listing comes in the order of the bytes of its paths, whatever the order in which it was found', async () => {
  const random = seeded(seedOfRun())
  const letters = ['a', 'B', '/', '-', ' ', "'", 'é', '\u{FF5E}', '\u{1F600}'] as const
  const paths = new Set(
    Array.from({ length: 6_000 }, (_, n) => `${Array.from({ length: 1 + random.integer(4) }, () => random.pick(letters)).join('')}${n}`),
  )
  async function* entries(): AsyncGenerator<FolderEntry> {
    for (const path of paths) yield { path, bytes: path.length, modified: old, ...(random.chance(0.5) ? { touched: old } : {}) }
  }
  const connection = await duck.connect()
  const found: FolderEntry[] = []
  for await (const some of sortedListing(connection, entries())) found.push(...some)
  connection.close()
  expect(found.map(({ path }) => path)).toEqual([...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  expect(found.every(({ path, bytes, modified }) => bytes === path.length && modified === old)).toBe(true)
})
