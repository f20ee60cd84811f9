import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'
import { shop } from '../../testing/shop.ts'

let platform: PlatformOnDisk
const day = 86_400_000
const tick = Date.UTC(2026, 10, 21)

beforeAll(async () => {
  const config = `import { project } from 'sluice'
export default project({ name: 'shop', lake: { gold: { exports: 1 } } })
`
  platform = await platformOnDisk({ ...shop, 'projects/shop/sluice.config.ts': config })
  const duckdb = await openDuckDB({ threads: 1 })
  const lake = openLake({ storage: join(platform.stateDir, 'lake'), project: 'shop', duckdb: async () => duckdb })
  const pages = async function* (body: string) {
    yield { source: 'till:v1', request: 'GET /sales', receivedAt: tick, body }
  }
  for (const [index, body] of ['{"total":"1.50"}', '{"total":"2.50"}'].entries()) {
    const identity = { project: 'shop', pipeline: 'sales', task: 'land', run: String(index), attempt: 1, generation: 0, inputs: [] }
    const write = { ...identity, dataset: 'shop:lake.bronze.sales', batch: String(index).repeat(32), logicalTime: tick + index * day }
    await lake.land(write, pages(body))
    const from = { sql: "SELECT (payload->>'total')::DECIMAL(9,2) AS total, ingested_at AS seen_at FROM bronze.sales" }
    await lake.export({ ...write, dataset: 'shop:lake.gold.sales' }, { from, format: 'csv' })
  }
  duckdb.close()
})

afterAll(async () => {
  await platform[Symbol.asyncDispose]()
})

const json = (...args: readonly string[]): unknown => {
  const { status, stdout, stderr } = platform.sluice(...args, '--json')
  expect([status, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

test('sql prints a table with instants in ISO-8601, JSON with stable keys, and files', () => {
  const sql = 'SELECT total, seen_at FROM gold.sales ORDER BY total'
  const printed = platform.sluice('lake', 'sql', 'shop', sql)
  expect(printed.stderr).toBe('')
  expect(printed.stdout).toBe('total  seen_at\n 1.50  2026-11-21T00:00:00.000Z\n 2.50  2026-11-21T00:00:00.000Z\n')
  expect(json('lake', 'sql', 'shop', `${sql} LIMIT 1`)).toEqual([{ total: '1.50', seen_at: '2026-11-21T00:00:00.000Z' }])
  const file = join(platform.root, 'out.csv')
  expect(platform.sluice('lake', 'sql', 'shop', sql, '--format', 'csv', '-o', file).stderr).toBe(`written to ${file}\n`)
  expect(readFileSync(file, 'utf8')).toBe('total,seen_at\n1.50,2026-11-21 00:00:00+00\n2.50,2026-11-21 00:00:00+00\n')
})

test('a file is written in the format that its ending names; another ending, and a place that is not there, are told', () => {
  const sql = 'SELECT total FROM gold.sales ORDER BY total'
  const written = (name: string, ...args: readonly string[]) => {
    const file = join(platform.root, name)
    return { ...platform.sluice('lake', ...args, '-o', file), content: () => readFileSync(file, 'utf8') }
  }
  expect(written('a.csv', 'sql', 'shop', sql).content()).toBe('total\n1.50\n2.50\n')
  expect(written('b.CSV', 'read', 'gold.sales', '--limit', '1').content()).toMatch(/^[a-z_,]+\n/)
  expect(written('c.parquet', 'read', 'gold.sales').content()).toMatch(/^PAR1/)
  expect(written('d', 'sql', 'shop', sql).content()).toMatch(/^\[/)
  const excel = written('e.xlsx', 'sql', 'shop', sql)
  expect([excel.status, excel.stderr]).toEqual([2, expect.stringContaining('.xlsx is not a format')])
  expect(excel.content).toThrow('ENOENT')
  const nowhere = written('nowhere/f.csv', 'sql', 'shop', sql)
  expect([nowhere.status, nowhere.stderr]).toEqual([
    1,
    expect.stringMatching(/input\.invalid .*f\.csv cannot be written[\s\S]*next .*a folder that is there/),
  ])
})

test('sql that reaches beyond the lake ends with 1 and says where', () => {
  const { status, stdout, stderr } = platform.sluice('lake', 'sql', 'shop', "SELECT 1 FROM read_csv('/etc/passwd')")
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toContain('line 1, column 15')
})

test('an export is restored into a table, which is vacuumed and taken back after a question', () => {
  expect(platform.sluice('lake', 'restore', 'gold.sales', '--into', 'silver.sales').status).toBe(2)
  expect(json('lake', 'restore', 'gold.sales', '--into', 'silver.sales', '--yes')).toMatchObject({ rows: 2, version: '1' })
  expect(json('lake', 'vacuum', 'silver.sales', '--dry-run')).toMatchObject({ deleted: [], dryRun: true })
  expect(platform.sluice('lake', 'vacuum', 'silver.sales').stderr).toContain('--yes')
  expect(json('lake', 'optimize', 'silver.sales')).toMatchObject({ filesRemoved: 0 })
  expect(json('lake', 'restore', 'silver.sales', '--version', '0', '--yes')).toMatchObject({ version: 2, files: 0 })
  expect(platform.sluice('lake', 'restore', 'silver.sales', '--yes').status).toBe(2)
})

test('exports are made, retained as the project says, and verified: 1 when one is broken', () => {
  expect(json('lake', 'export', 'gold.copy', '--from', 'silver.sales', '--project', 'shop')).toMatchObject({
    rows: 0,
    dataset: 'shop:lake.gold.copy',
  })
  expect(json('lake', 'retain', 'shop', '--dry-run')).toMatchObject({ dryRun: true, steps: [{ kind: 'export', name: 'sales' }] })
  expect(platform.sluice('lake', 'retain', 'shop', '--yes').stdout).toMatch(/^export {2}gold\.sales 20261121T000000000Z-0+-g0 \(\d+ B\)\n/)
  expect(json('lake', 'verify', 'gold.sales')).toMatchObject([{ expired: true }, { expired: false, problems: [] }])
})
