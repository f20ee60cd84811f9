import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jsonFile, jsonLines } from '@sluice/author'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpusCases, readAll } from '../corpus.cases.ts'
import { reader as document } from './document-reader.ts'
import { reader as lines } from './lines-reader.ts'

let db: DuckDB
beforeAll(async () => {
  db = await openDuckDB({ threads: 2 })
})
afterAll(() => db.close())

const workFolder = () => mkdtemp(join(tmpdir(), 'corpus-'))

describe('JSON lines', async () => {
  test.each(await corpusCases('jsonl'))('reads $name as stands beside it', async ({ path, expected: { format, ...expected } }) => {
    const connection = await db.connect()
    const read = await readAll(lines, connection, path, jsonLines(format), { workFolder: await workFolder() })
    expect(read).toEqual(expected)
  })
})

describe('JSON documents', async () => {
  test.each(await corpusCases('json'))('reads $name as stands beside it', async ({ path, expected: { format, ...expected } }) => {
    const connection = await db.connect()
    const read = await readAll(document, connection, path, jsonFile(format), { workFolder: await workFolder() })
    expect(read).toEqual(expected)
  })
})
