import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFile, replaceFile } from './publish-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-publish-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the new content takes the place of the old, with its mode, and no draft stays behind', async () => {
  const path = join(folder, 'state.json')
  await replaceFile(path, 'old', { mode: 0o644 })
  await replaceFile(path, 'new', { mode: 0o600 })
  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['state.json'])
})

test('a file that cannot take its place leaves no draft behind', async () => {
  await expect(replaceFile(join(folder, 'missing', 'state.json'), 'text', { mode: 0o600 })).rejects.toMatchObject({ code: 'ENOENT' })
  const taken = join(folder, 'taken')
  await replaceFile(join(folder, 'state.json'), 'kept', { mode: 0o600 })
  await mkdir(join(taken, 'inside'), { recursive: true })
  await expect(replaceFile(taken, 'text', { mode: 0o600 })).rejects.toThrow()
  expect((await readdir(folder)).sort()).toEqual(['state.json', 'taken'])
})

test('writers at the same time leave one whole content', async () => {
  const path = join(folder, 'contested.json')
  const contents = Array.from({ length: 20 }, (_, at) => String(at).repeat(5_000))
  await Promise.all(contents.map((content) => replaceFile(path, content, { mode: 0o600 })))
  expect(contents).toContain(await readFile(path, 'utf8'))
  expect((await readdir(folder)).filter((name) => name.startsWith('contested'))).toEqual(['contested.json'])
})

test('of writers that create one file at once exactly one wins, and the content is its own', async () => {
  const path = join(folder, 'key')
  const contents = Array.from({ length: 20 }, (_, at) => `key ${at}`)
  const won = await Promise.all(contents.map((content) => createFile(path, content, { mode: 0o600 })))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(await readFile(path, 'utf8')).toBe(contents[won.indexOf(true)])
  expect((await readdir(folder)).filter((name) => name.startsWith('key'))).toEqual(['key'])
})
