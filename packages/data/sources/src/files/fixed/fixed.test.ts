import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fixedWidth } from '@sluice/author'
import type { Json } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCases, readAll } from '../corpus.cases.ts'
import { reader } from './reader.ts'

let db: DuckDB
let workFolder: string
beforeAll(async () => {
  db = await openDuckDB({ threads: 2 })
  workFolder = await mkdtemp(join(tmpdir(), 'fixed-'))
})
afterAll(() => db.close())

test.each(await corpusCases('fixed'))('reads $name as stands beside it', async ({ path, expected: { format, ...expected } }) => {
  const connection = await db.connect()
  expect(await readAll(reader, connection, path, fixedWidth(format as never), { workFolder })).toEqual(expected)
})

test('lines written at random widths come back as they were, without the spaces behind them', async () => {
  const random = seeded(seedOfRun())
  const characters = ['a', 'Z', '0', ' ', 'é', '日', '😀', '"', '\\', ','] as const
  for (let round = 0; round < 20; round++) {
    const widths = Array.from({ length: 1 + random.integer(6) }, () => 1 + random.integer(9))
    let first = 1
    const fields = Object.fromEntries(
      widths.map((width, at) => {
        const field: readonly [number, number] = [first, width]
        first += width
        return [`c${at}`, field]
      }),
    )
    const rows = Array.from({ length: random.integer(30) }, () =>
      widths.map((width) => Array.from({ length: random.integer(width + 1) }, () => random.pick(characters)).join('')),
    )
    const line = (cells: readonly string[]): string =>
      cells.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - Array.from(cell).length)).join('')
    const text = rows.map(line).join(random.pick(['\n', '\r\n']))
    const path = join(workFolder, `${round}.txt`)
    await writeFile(path, text)
    const connection = await db.connect()
    const read = await readAll(reader, connection, path, fixedWidth({ encoding: 'utf-8', fields }), { workFolder })
    const expected = rows
      .filter((cells) => cells.some((cell) => cell.trim() !== ''))
      .map((cells) => cells.map((cell) => cell.replace(/ +$/, '')).map((cell) => (cell === '' ? null : cell)))
    const came = (read.rows as Json[]).map((row) =>
      Object.entries(row as object).flatMap(([name, cell]) => (name === '_row' ? [] : [cell])),
    )
    expect(came, `SLUICE_SEED=${seedOfRun()}`).toEqual(expected)
    connection.close()
  }
  expect((await readdir(workFolder)).filter((name) => !name.endsWith('.txt'))).toEqual([])
})
