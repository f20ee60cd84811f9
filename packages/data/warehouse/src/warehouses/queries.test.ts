import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeQuery, queryNamed, readQueries } from './queries.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-queries-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a query is its file, described by the comment lines it begins with', () => {
  expect(describeQuery('top', '-- The highest ranks\r\n--   of a day\r\n\r\nselect * -- all\nfrom t where day = :day\n')).toEqual({
    name: 'top',
    description: 'The highest ranks of a day',
    params: ['day'],
    sql: '-- The highest ranks\r\n--   of a day\r\n\r\nselect * -- all\nfrom t where day = :day\n',
  })
  expect(describeQuery('plain', 'select 1')).toMatchObject({ description: null, params: [] })
  expect(describeQuery('empty', '-- nothing yet')).toMatchObject({ description: 'nothing yet' })
})

test('the files of the folder are read each time, by name, and other files are left alone', async () => {
  expect(await readQueries(join(folder, 'missing'))).toEqual([])
  await writeFile(join(folder, 'b.sql'), 'select 2')
  await writeFile(join(folder, 'a.sql'), 'select 1')
  await writeFile(join(folder, 'notes.md'), '# notes')
  await mkdir(join(folder, 'more'))
  expect((await readQueries(folder)).map(({ name }) => name)).toEqual(['a', 'b'])
  await writeFile(join(folder, 'b.sql'), 'select 3')
  expect((await readQueries(folder))[1]?.sql).toBe('select 3')
})

test('an unknown name is answered with those perhaps meant, else with all', () => {
  const queries = ['top_assets', 'gaps'].map((name) => describeQuery(name, 'select 1'))
  expect(queryNamed(queries, 'shop', 'gaps').name).toBe('gaps')
  const refusal = (name: string) => expect(() => queryNamed(queries, 'shop', name))
  refusal('top_asets').toThrow(expect.objectContaining({ code: 'not_found', next: 'Did you mean top_assets?' }))
  refusal('zzzzzzzz').toThrow(expect.objectContaining({ next: 'The queries are top_assets, gaps.' }))
  expect(() => queryNamed([], 'shop', '../x')).toThrow(expect.objectContaining({ next: expect.stringContaining('queries/') }))
})
