import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'

const disk = mkdtempSync(join(tmpdir(), 'delta full '))
const mount = (...options: string[]) => execFileSync('mount', [...options, disk], { stdio: 'pipe' })
let why = ''
try {
  mount('-t', 'tmpfs', '-o', 'size=3m', 'tmpfs')
} catch (thrown) {
  why = `no small disk can be mounted here (${String(thrown).split('\n')[0]})`
  console.warn(`2 skipped: ${why}`)
}
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
  if (why === '') execFileSync('umount', [disk])
  rmdirSync(disk)
})

const noise = (rows: number) => `SELECT range AS id, md5(range::VARCHAR || random()::VARCHAR) AS text FROM range(${rows})`
const columns = [
  { name: 'id', type: 'long' },
  { name: 'text', type: 'string' },
] as const
const idsOf = async (table: DeltaTable) =>
  Number((await queryRows(connection, `SELECT count(*) AS n FROM (${await (await table.snapshot()).scanSql()})`))[0]?.n)

test.runIf(why === '')('a full disk is store.failed for appends, deletes and vectors; the table stays as it was', async () => {
  const properties = { 'delta.enableDeletionVectors': 'true' }
  const table = await createTable(join(disk, 'full'), { connection, columns, properties })
  await table.append({ select: noise(20_000) })
  const before = readdirSync(join(disk, 'full')).length
  const failed = { code: 'store.failed', next: expect.stringContaining('free space') }
  await expect(table.append({ select: noise(200_000) })).rejects.toMatchObject(failed)
  expect(readdirSync(join(disk, 'full'))).toHaveLength(before)
  execFileSync('sh', ['-c', 'dd if=/dev/zero of="$0" bs=1k 2>/dev/null || true', join(disk, 'fill')])
  await expect(table.delete({ where: 'id % 3 = 0' })).rejects.toMatchObject(failed)
  await expect(table.update({ set: { text: "text || 'x'" } })).rejects.toMatchObject(failed)
  await expect(createTable(join(disk, 'more'), { connection, columns })).rejects.toMatchObject(failed)
  expect(await idsOf(table)).toBe(20_000)
  execFileSync('rm', [join(disk, 'fill')])
  expect(await table.delete({ where: 'id % 3 = 0' })).toMatchObject({ deletedRows: 6667 })
})

test.runIf(why === '')('a read-only folder is store.failed for every write, and is read', async () => {
  await createTable(join(disk, 'fixed'), { connection, columns })
  const written = await openTable(join(disk, 'fixed'), { connection })
  await written.append({ select: 'SELECT 1 AS id' })
  mount('-o', 'remount,ro')
  try {
    const table = await openTable(join(disk, 'fixed'), { connection })
    const failed = { code: 'store.failed', next: expect.stringContaining('permissions') }
    await expect(table.append({ select: 'SELECT 2 AS id' })).rejects.toMatchObject(failed)
    await expect(table.overwrite({ select: 'SELECT 2 AS id' })).rejects.toMatchObject(failed)
    await expect(table.delete({ where: 'id = 1' })).rejects.toMatchObject(failed)
    await expect(table.setProperties({ 'my.property': 'x' })).rejects.toMatchObject(failed)
    await expect(table.checkpoint()).rejects.toMatchObject(failed)
    expect(await idsOf(table)).toBe(1)
  } finally {
    mount('-o', 'remount,rw')
  }
  expect(await written.append({ select: 'SELECT 2 AS id' })).toMatchObject({ version: 2 })
})
