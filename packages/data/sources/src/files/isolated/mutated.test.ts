import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { long, type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse as avro } from '../avro/parse.ts'
import { parse as excel } from '../excel/parse.ts'
import { createRowsFile, type RowsFile } from './rows/rows-file.ts'

const corpus = join(import.meta.dirname, '../../../corpus')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mutated-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bytes turned, a piece cut out, doubled or put elsewhere, the end cut off. */
function mutated(bytes: Buffer, { integer, chance }: Random): Buffer {
  const out = Buffer.from(bytes)
  if (out.length === 0) return out
  for (let count = 1 + integer(8); count > 0; count--) out[integer(out.length)] = integer(256)
  const [from, to] = [integer(out.length), integer(out.length)].toSorted((a, b) => a - b) as [number, number]
  const piece = out.subarray(from, Math.min(to, from + 200))
  if (chance(0.2)) return Buffer.concat([out.subarray(0, from), out.subarray(to)])
  if (chance(0.2)) return Buffer.concat([out.subarray(0, to), piece, out.subarray(to)])
  return chance(0.2) ? out.subarray(0, to) : out
}

/** Parses in this process: its crash and its hang are those of the test. */
async function parseHere(kind: 'excel' | 'avro', bytes: Buffer): Promise<{ readonly said: number; readonly written: number } | string> {
  const path = join(folder, 'file')
  writeFileSync(path, bytes)
  const files: RowsFile[] = []
  const createRows = (name: string): RowsFile => {
    const file = createRowsFile({ path: join(folder, `${files.length}-${name}`) })
    files.push(file)
    return file
  }
  try {
    const common = { path, bytes: bytes.length, createRows }
    const said =
      kind === 'excel'
        ? (await excel({ ...common, task: { sheet: null, range: null, header: null, most: null } })).rows
        : await avro({ ...common, task: { most: null } }).then(({ records, refused }) => records + refused)
    return { said, written: kind === 'excel' ? (files.at(-1)?.rows ?? 0) : files.reduce((sum, { rows }) => sum + rows, 0) }
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : 'something that is not an error'
  } finally {
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
  }
}

/** A minute of each in the long form. */
const forMs = 60_000

test.each<['excel' | 'avro', string, number]>([
  ['excel', 'xlsx', 60],
  ['excel', 'xls', 60],
  ['excel', 'xlsb', 60],
  ['avro', 'avro', 200],
])('a file that was damaged at random is read or refused, and no row is lost without a word: %s (%s)', async (kind, end, times) => {
  const random = seeded(seedOfRun())
  const names = readdirSync(join(corpus, kind)).filter((name) => name.endsWith(`.${end}`))
  const outcomes = { read: 0, refused: 0 }
  const until = performance.now() + forMs
  for (let index = 0; long ? performance.now() < until : index < times; index++) {
    const name = names[random.integer(names.length)] ?? ''
    const outcome = await parseHere(kind, mutated(readFileSync(join(corpus, kind, name)), random))
    if (typeof outcome === 'string') outcomes.refused++
    else {
      outcomes.read++
      expect(outcome.said, `SLUICE_SEED=${seedOfRun()} round ${index} of ${name}`).toBe(outcome.written)
    }
  }
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(0)
})
