import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csv } from '@sluice/author'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { reader } from './reader.ts'

/** Six days of a real shop, which nobody here wrote; beside the project, not in it. */
const folder = join(import.meta.dirname, '../../../../../../../shared/data/online-retail')
const there = existsSync(folder)
if (!there && process.env.SLUICE_REQUIRE?.split(',').includes('retail') === true)
  throw new Error(`SLUICE_REQUIRE=retail, and ${folder} is not there`)

const duckdb = await openDuckDB({ threads: 1 })
const connection = await duckdb.connect()
afterAll(() => duckdb.close())

test.skipIf(!there)(`days of a real shop are read to the last record (${there ? 'there' : 'skipped: the data is not there'})`, async () => {
  const counts: Record<string, number> = {}
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.csv'))) {
    const path = join(folder, name)
    const workFolder = mkdtempSync(join(tmpdir(), 'sluice-retail-'))
    await using opened = await reader.open(connection, { path, name, bytes: statSync(path).size }, csv(), { workFolder })
    expect(opened.refused).toBeUndefined()
    expect(opened.columns[0]?.name).toBe('InvoiceNo')
    counts[name.slice(5, 10)] = (await connection.value<number>(`SELECT count(*) FROM (${opened.rows})`)) ?? 0
  }
  expect(counts).toEqual({ '12-01': 3108, '12-02': 2109, '12-03': 2202, '12-05': 2725, '12-06': 3878, '12-08': 2647 })
})
