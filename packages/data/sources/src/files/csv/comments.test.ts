import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csv } from '@sluice/author'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { reader } from './reader.ts'

const workFolder = mkdtempSync(join(tmpdir(), 'sluice-comments-'))
const duckdb = await openDuckDB({ threads: 1 })
const connection = await duckdb.connect()
afterAll(async () => {
  duckdb.close()
  await rm(workFolder, { recursive: true })
})

/** Longer than what is looked at beforehand. */
const records = Array.from({ length: 150_000 }, (_, at) => `${at};name ${at}\n`).join('')

async function read(text: string, format: Parameters<typeof csv>[0]) {
  const path = join(workFolder, 'file.csv')
  writeFileSync(path, text)
  await using opened = await reader.open(connection, { path, name: 'file.csv', bytes: statSync(path).size }, csv(format), { workFolder })
  const refused = opened.refused === undefined ? [] : await connection.rows(`SELECT row_number AS line, rule FROM (${opened.refused})`)
  return {
    found: opened.found.comment,
    rows: Number(await connection.value(`SELECT count(*) FROM (${opened.rows})`)),
    refused: refused.map(({ line, rule }) => [Number(line), rule]),
    recovered: await opened.recovered(),
  }
}

test('far below comments before the header, a line with the mark and all cells is refused: it may be a record', async () => {
  expect(await read(`# made by a machine\nid;name\n${records}#12;x\n# the end\n`, {})).toEqual({
    found: '#',
    rows: 150_000,
    refused: [[150_003, 'record(comment)']],
    recovered: { comment: 1 },
  })
})

test('of a declared mark each line is a comment, and is counted', async () => {
  expect(await read('id;name\n1;Ann\n#12;x\n# the end\n', { comment: '#' })).toEqual({
    found: '#',
    rows: 1,
    refused: [],
    recovered: { comment: 2 },
  })
})
