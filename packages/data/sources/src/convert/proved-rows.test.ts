import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSluiceError } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { type CorpusCase, corpusCases } from '../files/corpus.cases.ts'
import { type ConvertedFile, convertFile } from './convert-file.ts'
import { formatOf, type KnownFormat } from './format-of.ts'
import { openProposed } from './propose.ts'
import { provedRows } from './proved-rows.ts'
import { fileAt } from './work.ts'

const folder = await mkdtemp(join(tmpdir(), 'sluice-proved-rows-'))
const duckdb = await openDuckDB({ threads: 2 })
const connection = await duckdb.connect()
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true, force: true })
})

const random = seeded(seedOfRun())
const enough = 1_200_000

/** What one road makes of a file, without the names of what it wrote. */
async function converted(path: string, known: KnownFormat | undefined, judged: boolean): Promise<unknown> {
  const to = `${path}.${judged ? 'judged' : 'proved'}.parquet`
  const done = await convertFile(path, to, { judged, ...(known === undefined ? {} : { known }) }).catch((thrown: unknown) => {
    if (isSluiceError(thrown)) return thrown.message
    throw thrown
  })
  if (typeof done === 'string') return done
  const { output: _, quarantine, ...told }: ConvertedFile = done
  const broken = quarantine === null ? '' : await readFile(quarantine, 'utf8')
  const hash = await connection.rows(
    `SELECT count(*) AS rows, bit_xor(hash(r))::VARCHAR AS hash FROM (SELECT * FROM read_parquet('${to}', file_row_number = true)) r`,
  )
  await rm(to)
  return { told, broken, hash }
}

async function expectSame(path: string, known?: KnownFormat): Promise<void> {
  expect(await converted(path, known, false), `SLUICE_SEED=${seedOfRun()} ${path}`).toEqual(await converted(path, known, true))
}

/** As many lines of a file as make its columns worth a proof. */
async function enlarged({ name, path }: CorpusCase): Promise<string> {
  const bytes = await readFile(path)
  const from = bytes.indexOf(0x0a) + 1
  const rest = bytes.subarray(from)
  const times = rest.length === 0 ? 0 : Math.ceil(enough / rest.length)
  const to = join(folder, name)
  await writeFile(to, Buffer.concat([bytes.subarray(0, from), ...Array.from({ length: times }, () => rest)]))
  return to
}

test('a file of the corpus is converted to the same rows, be its columns proved or each text judged', async () => {
  const all = await corpusCases('csv')
  for (const each of long ? all : [random.pick(all as [CorpusCase, ...CorpusCase[]])])
    await expectSame(await enlarged(each), { kind: 'csv', ...(each.expected.format ?? {}) } as KnownFormat)
})

test('columns of plain texts are proved, those of others are judged, and the rows are the same', async () => {
  const odd = random.pick(['1 ', '+7', '1e3', '007', '', ' '] as const)
  const at = random.integer(30_000)
  const lines = Array.from({ length: 30_000 }, (_, row) =>
    [row, `2026-11-${String(1 + (row % 30)).padStart(2, '0')}`, `${row % 90}.5`, row % 2 === 0, `name ${row}`, row === at ? odd : row].join(
      ',',
    ),
  )
  const path = join(folder, 'plain.csv')
  await writeFile(path, `id,day,price,paid,name,odd\n${lines.join('\n')}\n`)
  const file = await fileAt(path)
  const { format } = await formatOf(file, undefined)
  const kinds = { id: 'number', day: 'date', price: 'number', paid: 'boolean', odd: 'number' } as const
  const proposed = await openProposed(connection, file, format, new Map(Object.entries(kinds)), { workFolder: folder }, 'all')
  await using _opened = proposed.opened
  await using proved = await provedRows(connection, file, format, proposed, { workFolder: folder })
  expect(proved?.columns.slice(0, 4).map(({ type }) => type)).toEqual(['INTEGER', 'DATE', 'DECIMAL(3,1)', 'BOOLEAN'])
  await expectSame(path)
})
