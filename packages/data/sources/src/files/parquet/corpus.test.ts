import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquet } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCases, readAll } from '../corpus.cases.ts'
import { reader } from './reader.ts'

let db: DuckDB
beforeAll(async () => {
  db = await openDuckDB({ threads: 2 })
})
afterAll(() => db.close())

test.each(await corpusCases('parquet'))('reads $name as stands beside it', async ({ path, expected: { format, ...expected } }) => {
  const workFolder = mkdtempSync(join(tmpdir(), 'parquet-'))
  expect(await readAll(reader, await db.connect(), path, parquet(format), { workFolder })).toEqual(expected)
})
