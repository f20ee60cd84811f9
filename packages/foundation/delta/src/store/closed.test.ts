import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { commitPath } from '../log/segment.ts'
import { queryRows } from '../sql.ts'
import { createTable, openTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'
import { closedStore } from './closed.ts'
import { localStore } from './local.ts'

const { connection, folder } = await workplace()
let root: string
let outside: string
let tables = 0
beforeEach(async () => {
  root = join(folder, `t${tables++}`)
  outside = join(folder, 'outside.parquet')
  await queryRows(connection, `COPY (SELECT 42 AS id) TO '${outside}' (FORMAT parquet)`)
  await createTable(localStore(root), { connection, columns: [{ name: 'id', type: 'integer' }] })
})

const add = (path: string, rest: object = {}) => {
  const file = { path, partitionValues: {}, size: 1, modificationTime: 1, dataChange: true, ...rest }
  writeFileSync(join(root, commitPath(1)), `${JSON.stringify({ add: file })}\n`)
}
const rows = async (store = closedStore(root)) =>
  await queryRows(connection, `FROM (${await (await (await openTable(store, { connection })).snapshot()).scanSql()})`)
const leadsOut = { code: 'store.failed', message: expect.stringContaining('leads out') }

test.each([
  ['an absolute path', (path: string) => path],
  ['a file: URI', (path: string) => `file://${path}`],
  ['a file: URI without slashes', (path: string) => `file:${path}`],
  ['a FILE: URI', (path: string) => `FILE://${path}`],
])('%s leads out of a closed table, and not of an open one', async (_, pathOf) => {
  add(pathOf(outside))
  if (!pathOf('').startsWith('FILE')) expect(await rows(localStore(root))).toEqual([{ id: 42 }])
  await expect(rows()).rejects.toMatchObject({ code: expect.stringMatching(/store.failed|unsupported/) })
})

test('a data file that is a link is not read, nor one in a folder that is a link, nor a log that is one', async () => {
  symlinkSync(outside, join(root, 'link.parquet'))
  add('link.parquet')
  expect(await rows(localStore(root))).toEqual([{ id: 42 }])
  await expect(rows()).rejects.toMatchObject(leadsOut)
  const beside = join(folder, `beside${tables}`)
  mkdirSync(beside)
  copyFileSync(outside, join(beside, 'a.parquet'))
  symlinkSync(beside, join(root, 'part'))
  add('part/a.parquet')
  await expect(rows()).rejects.toMatchObject(leadsOut)
  copyFileSync(outside, join(root, 'own.parquet'))
  add('own.parquet')
  expect(await rows()).toEqual([{ id: 42 }])
  renameSync(join(root, '_delta_log'), join(folder, `log${tables}`))
  symlinkSync(join(folder, `log${tables}`), join(root, '_delta_log'))
  await expect(rows()).rejects.toMatchObject(leadsOut)
})

test('a deletion vector outside of the table is not read', async () => {
  copyFileSync(outside, join(root, 'own.parquet'))
  const deletionVector = { storageType: 'p', pathOrInlineDv: `file://${outside}`, offset: 1, sizeInBytes: 34, cardinality: 1 }
  writeFileSync(
    join(root, commitPath(1)),
    [
      { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'], writerFeatures: ['deletionVectors'] } },
      { add: { path: 'own.parquet', partitionValues: {}, size: 1, modificationTime: 1, dataChange: true, deletionVector } },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  )
  await expect(rows()).rejects.toMatchObject(leadsOut)
})

test('a closed table may itself lie behind a link', async () => {
  const moved = join(folder, `moved${tables}`)
  copyFileSync(outside, join(root, 'own.parquet'))
  add('own.parquet')
  renameSync(root, moved)
  symlinkSync(moved, root)
  expect(await rows()).toEqual([{ id: 42 }])
})
