import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileFormat } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckConnection, type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpusCases } from './corpus.cases.ts'
import { mutated } from './mutated.cases.ts'
import type { Reader } from './reader.ts'
import { readers } from './readers.ts'

/** A minute of each; in the short form so many files, of which those that a process of its own reads cost some hundred times more. */
const forMs = 60_000
const [few, many] = [3, 25]
const isIsolated = (kind: string): boolean => ['excel', 'avro', 'parquet', 'xml'].includes(kind)

interface Subject {
  readonly subject: string
  readonly kind: keyof typeof readers
  /** The names of the files that are changed. */
  readonly names: RegExp
}

/** Each reader; in the long form also each kind of workbook, and each way of packing, as csv has them. */
const subjects: readonly Subject[] = [
  ...(Object.keys(readers) as (keyof typeof readers)[]).map((kind) => ({ subject: kind, kind, names: /./ })),
  ...(long ? ['xlsx', 'xls', 'xlsb'].map((end) => ({ subject: end, kind: 'excel', names: new RegExp(`[.]${end}$`) }) as const) : []),
  ...(long ? ['gz', 'zst', 'bz2', 'zip'].map((end) => ({ subject: end, kind: 'csv', names: new RegExp(`[.]${end}$`) }) as const) : []),
]

let db: DuckDB
let connection: DuckConnection
let folder: string
beforeAll(async () => {
  db = await openDuckDB({ threads: 2, memoryLimitMb: 1_024 })
  connection = await db.connect()
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
})
afterAll(() => db.close())

/** What the file at hand has left in its folder. */
let left: readonly string[] = []

interface Outcome {
  /** What the file was refused with; `undefined` where it was read. */
  readonly code: string | undefined
  /** Lines that hold something, of formats of lines in UTF-8, and where records begin that were written or refused. */
  readonly lines?: readonly number[]
  readonly told?: readonly number[]
}

async function outcomeOf(reader: Reader, format: FileFormat, path: string, bytes: Buffer): Promise<Outcome> {
  const file = { path, name: 'mutated', bytes: bytes.length }
  const workFolder = await mkdtemp(join(folder, 'work-'))
  left = []
  try {
    await using open = await reader.open(connection, file, format, { workFolder })
    const numbers = await numbersOf(open.numbered, '_row')
    const rows = Number(await connection.value(`SELECT count(*) FROM (${open.rows})`))
    expect(rows, 'as many rows as are numbered').toBe(numbers.length)
    const refused = open.refused === undefined ? [] : await connection.rows(`SELECT row_number AS n, rule, cells FROM (${open.refused})`)
    expect(refused.filter(({ rule, cells }) => open.messages[String(rule)] === undefined || !isObject(String(cells)))).toEqual([])
    await open.recovered()
    const isOfLines =
      (format.kind === 'jsonl' || format.kind === 'fixed') && open.found.encoding === 'utf-8' && open.found.compression === 'none'
    if (!isOfLines || open.found.lineEnds === 'cr') return { code: undefined }
    const told = new Set([...numbers, ...refused.map(({ n }) => Number(n))])
    return { code: undefined, lines: linesOf(bytes, format), told: [...told].sort((a, b) => a - b) }
  } catch (thrown) {
    if (isSluiceError(thrown)) return { code: thrown.code.startsWith('file.') ? thrown.code : `${thrown.code}: ${thrown.message}` }
    throw thrown
  } finally {
    left = await readdir(workFolder)
    await rm(workFolder, { recursive: true })
  }
}

const numbersOf = async (select: string, name: string): Promise<readonly number[]> =>
  (await connection.rows(`SELECT ${name} AS n FROM (${select})`)).map(({ n }) => Number(n))

const isObject = (cells: string): boolean => typeof JSON.parse(cells) === 'object'

/** Lines that hold a record, counted in the plainest way. */
function linesOf(bytes: Buffer, format: FileFormat): readonly number[] {
  const text = bytes.subarray(bytes.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)) ? 3 : 0).toString('latin1')
  const skip = format.kind === 'fixed' ? (format.skip ?? 0) : 0
  const comment = format.kind === 'fixed' && format.comment !== undefined ? format.comment : undefined
  const isRecord = (line: string): boolean =>
    format.kind === 'fixed'
      ? !/^ *$/.test(line.replace(/\r$/, '')) && (comment === undefined || !line.startsWith(comment))
      : !/^[ \t\r]*$/.test(line.replace(/^\xef\xbb\xbf/, ''))
  return text.split('\n').flatMap((line, at) => (at >= skip && isRecord(line) ? [at + 1] : []))
}

describe.each(subjects)('$subject', async ({ kind, names }) => {
  const cases = (await corpusCases(kind)).filter(({ name }) => names.test(name))
  const load = (readers as Readonly<Record<string, () => Promise<unknown>>>)[kind]

  test('a file with faults is read or refused by a sentence: nothing crashes or hangs, and no record is lost', async () => {
    expect(cases.length).toBeGreaterThan(1)
    const reader = (await load?.()) as Reader
    const random = seeded(seedOfRun())
    const [first, ...others] = await Promise.all(
      cases.map(async ({ name, path, expected }) => ({ name, expected, bytes: await readFile(path) })),
    )
    if (first === undefined) return
    const until = performance.now() + forMs
    for (let round = 0; long ? performance.now() < until : round < (isIsolated(kind) ? few : many); round++) {
      const { name, expected, bytes } = random.pick([first, ...others])
      const changed = mutated(random, bytes, random.pick([first, ...others]).bytes)
      const path = join(folder, `mutated.${kind}`)
      await writeFile(path, changed)
      const format = { kind, ...expected.format } as FileFormat
      const shown = `SLUICE_SEED=${seedOfRun()} round ${round} of ${name}: ${changed.subarray(0, 2_000).toString('latin1')}`
      const outcome = await outcomeOf(reader, format, path, changed).catch((thrown: unknown) => {
        throw new Error(`${shown}\n${String(thrown)}`, { cause: thrown })
      })
      expect(outcome.code ?? 'file.', shown).toMatch(/^file\./)
      expect(left, `what was made beside the file goes with it: ${shown}`).toEqual([])
      expect(outcome.told, shown).toEqual(outcome.lines)
    }
  })
})
