import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTable, localStore, openTable } from '@sluice/delta'
import { openDuckDB } from '@sluice/duckdb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sweepLinkedCopies } from './linked-copies.ts'
import { linkedCopy } from './linked-copy.ts'

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'sluice linked copy '))
})
afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

const at = (path: string): string => join(stateDir, 'lake/shop', path)
function put(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}

/** Every file of the lake with its bytes. */
const lakeNow = (): readonly string[] =>
  readdirSync(join(stateDir, 'lake'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .sort()

test('a table is written, maintained and checkpointed in a copy, and the lake stays as it was, byte for byte', async () => {
  const duckdb = await openDuckDB({ threads: 1 })
  const connection = await duckdb.connect()
  const live = await createTable(localStore(at('silver/orders')), {
    connection: connection.raw,
    columns: [{ name: 'id', type: 'integer' }],
  })
  for (const id of [1, 2, 3]) await live.append({ select: `SELECT ${id}::INTEGER AS id` })
  await live.checkpoint()
  const before = lakeNow()

  const copy = await linkedCopy(stateDir, 'shop')
  const table = await openTable(localStore(join(copy.stateDir, 'lake/shop/silver/orders')), { connection: connection.raw })
  await table.append({ select: 'SELECT 4::INTEGER AS id' })
  await table.delete({ where: 'id = 1' })
  await table.optimize()
  await table.checkpoint()
  await table.vacuum({ retentionHours: 0, allowShortRetention: true })
  const rows = await connection.rows(`SELECT id FROM (${await (await table.snapshot()).scanSql()}) ORDER BY id`)
  expect(rows).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }])
  expect(lakeNow()).toEqual(before)
  await copy.remove()
  expect(lakeNow()).toEqual(before)
  expect(existsSync(copy.stateDir)).toBe(false)
  connection.close()
  duckdb.close()
})

test('files that are written over in their place are not linked: a write to one would reach the lake', async () => {
  put('bronze/_rejected/orders/a.ndjson', 'kept')
  put('bronze/_spool/orders.bodies', 'kept')
  put('bronze/orders/date=2026-11-20/a.parquet', 'landed')
  put('gold/report/date=2026-11-20/a-g1.manifest.json', '{}')
  const before = lakeNow()
  const copy = await linkedCopy(stateDir, 'shop')
  const shown = readdirSync(copy.stateDir, { recursive: true, encoding: 'utf8' })
  expect(shown.filter((path) => /\.\w+$/.test(path)).sort()).toEqual([
    'lake/shop/bronze/orders/date=2026-11-20/a.parquet',
    'lake/shop/gold/report/date=2026-11-20/a-g1.manifest.json',
  ])
  expect(copy.files).toBe(2)
  // What the links are for, and why nothing of a lake may be changed in its place: this is what the comparison finds.
  appendFileSync(join(copy.stateDir, 'lake/shop/bronze/orders/date=2026-11-20/a.parquet'), '!')
  expect(lakeNow()).not.toEqual(before)
  await copy.remove()
})

test('a table behind a link is refused by name, and no copy is left', async () => {
  put('silver/orders/a.parquet', 'rows')
  const beside = join(stateDir, 'beside')
  mkdirSync(beside)
  symlinkSync(beside, at('silver/moved'))
  await expect(linkedCopy(stateDir, 'shop')).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('silver/moved is a link'),
    next: expect.stringContaining('--live'),
  })
  expect(readdirSync(join(stateDir, 'tmp/live'))).toEqual([])
})

test('copies of processes that have ended are taken away, and no other', async () => {
  const copy = await linkedCopy(stateDir, 'nothing yet')
  const left = join(stateDir, 'tmp/live/999999999.1-00000000-0000-4000-8000-000000000000')
  mkdirSync(left)
  writeFileSync(join(left, 'a'), '')
  mkdirSync(join(stateDir, 'tmp/live/of somebody'))
  await sweepLinkedCopies(stateDir)
  expect(existsSync(left)).toBe(false)
  expect(existsSync(copy.stateDir)).toBe(true)
  expect(existsSync(join(stateDir, 'tmp/live/of somebody'))).toBe(true)
})
