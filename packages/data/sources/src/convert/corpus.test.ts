import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSluiceError } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { type CorpusCase, corpusCases } from '../files/corpus.cases.ts'
import { convertFile } from './convert-file.ts'
import { sniffFile } from './sniff-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'sluice-corpus-'))
const duckdb = await openDuckDB({ threads: 1 })
const connection = await duckdb.connect()
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true, force: true })
})

const kinds = ['avro', 'csv', 'excel', 'fixed', 'json', 'jsonl', 'parquet', 'xml'] as const

/** What a file does not say of itself. */
const known = (kind: (typeof kinds)[number], { expected }: CorpusCase) => ({ kind, ...(expected.format ?? {}) }) as const

/** Or the error that the file is refused with, which says what to do next. */
async function told<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    expect(thrown.next, thrown.message).toBeTruthy()
    return undefined
  }
}

/** Each file opens processes of its own: in the short form one of each kind, by the seed of the run. */
const random = seeded(seedOfRun())
const some = (cases: readonly CorpusCase[]): readonly CorpusCase[] => {
  const at = random.integer(cases.length)
  return long ? cases : cases.slice(at, at + 1)
}

test.each(kinds)('each %s of the corpus is looked at and converted: rows in are those written and in quarantine', async (kind) => {
  const all = await corpusCases(kind)
  expect(all.length).toBeGreaterThan(0)
  for (const each of some(all)) {
    const to = join(folder, `${each.name}.parquet`)
    const sniffed = await told(() => sniffFile(each.path, { known: known(kind, each) }))
    const done = await told(() => convertFile(each.path, to, { known: known(kind, each) }))
    expect(done === undefined, each.name).toBe(sniffed === undefined || sniffed.columns.length === 0)
    if (done === undefined || sniffed === undefined) continue
    expect(done.columns, each.name).toEqual(
      sniffed.columns.map(({ name, type }) => ({ name, type: expect.any(String), ...(type === 'text' ? { type: 'varchar' } : {}) })),
    )
    const there = Number(await connection.value(`SELECT count(*) FROM read_parquet('${to}')`))
    const broken = done.quarantine === null ? [] : (await readFile(done.quarantine, 'utf8')).trim().split('\n')
    expect({ name: each.name, there, broken: broken.length, rowsIn: done.rowsIn }).toEqual({
      name: each.name,
      there: done.rowsWritten,
      broken: done.rowsQuarantined,
      rowsIn: done.rowsWritten + done.rowsQuarantined,
    })
    const { rows, refused } = each.expected as { readonly rows?: readonly unknown[]; readonly refused?: readonly unknown[] }
    if (rows !== undefined) expect(done.rowsIn, each.name).toBe(rows.length + (refused?.length ?? 0))
  }
})
