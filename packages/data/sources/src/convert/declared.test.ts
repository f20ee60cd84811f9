import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { AnyDataset, FileFormat } from '@sluice/author'
import { isSluiceError } from '@sluice/core'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { type CorpusCase, corpusCases } from '../files/corpus.cases.ts'
import { readerOf } from '../files/reader-of.ts'
import { sniffFile } from './sniff-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'sluice-declared-'))
const duckdb = await openDuckDB({ threads: 1 })
const connection = await duckdb.connect()
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true, force: true })
})
for (const name of ['declared', 'typed']) await mkdir(join(folder, name))
const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const author = join(root, 'packages/foundation/author/src/index.ts')

interface Declared {
  readonly format: FileFormat
  readonly into: AnyDataset
  readonly columns: Readonly<Record<string, string>>
}

/** The declaration as a file of a project, which imports what `author` has of `sluice`. */
async function declared(text: string, name: string): Promise<Declared> {
  const path = join(folder, 'declared', `${name.replaceAll(/[^\w]/g, '_')}.ts`)
  await writeFile(path, text.replace("from 'sluice'", `from '${pathToFileURL(author).href}'`))
  await writeFile(join(folder, 'typed', `${basename(path)}`), text)
  const values = Object.values((await import(/* @vite-ignore */ path)) as Readonly<Record<string, object>>)
  const pull = values.find((each) => 'from' in each) as {
    readonly from: { readonly format: FileFormat }
    readonly into: AnyDataset
    readonly columns?: Readonly<Record<string, string>>
  }
  return { format: pull.from.format, into: pull.into, columns: pull.columns ?? {} }
}

const kinds = ['avro', 'csv', 'excel', 'fixed', 'json', 'jsonl', 'parquet', 'xml'] as const
const known = (kind: (typeof kinds)[number], { expected }: CorpusCase) => ({ kind, ...(expected.format ?? {}) }) as const

/** The rows of a file and its columns, read with a word on what they become or without. */
async function rowsBy(path: string, format: FileFormat, wanted: (column: string) => 'number' | undefined): Promise<unknown> {
  const { size } = await stat(path)
  const workFolder = await mkdtemp(join(folder, 'work-'))
  const reader = await readerOf(format.kind)
  await using opened = await reader.open(connection, { path, name: 'file', bytes: size }, format, { workFolder, wanted })
  const refused = opened.refused === undefined ? 0 : await connection.value(`SELECT count(*) FROM (${opened.refused})`)
  return { columns: opened.columns, refused: Number(refused), rows: await connection.rows(opened.numbered) }
}

const random = seeded(seedOfRun())
const some = (cases: readonly CorpusCase[]): readonly CorpusCase[] =>
  long ? cases : [random.pick([...cases] as [CorpusCase, ...CorpusCase[]])]

test.each(kinds)('what a look at a %s file prints is a declaration that reads the same rows', async (kind) => {
  for (const each of some(await corpusCases(kind))) {
    const shown = `SLUICE_SEED=${seedOfRun()} ${each.name}`
    const sniffed = await sniffFile(each.path, { known: known(kind, each) }).catch((thrown: unknown) => {
      if (isSluiceError(thrown)) return undefined
      throw thrown
    })
    if (sniffed === undefined || sniffed.columns.length === 0) continue
    const { format, into, columns } = await declared(sniffed.declaration, each.name)
    expect(Object.keys(into.columns).length, shown).toBe(sniffed.columns.length)
    expect(
      Object.values(columns).every((name) => sniffed.columns.some((column) => column.name === name)),
      shown,
    ).toBe(true)
    const wanted = (name: string) => {
      const type = sniffed.columns.find((column) => column.name === name)?.type
      return (type !== undefined && /^(?:integer|bigint|decimal|double)/.test(type) ? 'number' : type) as 'number' | undefined
    }
    const detected = await rowsBy(each.path, { kind, ...(each.expected.format ?? {}) } as FileFormat, wanted)
    expect(await rowsBy(each.path, format, wanted), `${shown}\n${sniffed.declaration}`).toEqual(detected)
  }
})

test.runIf(long)('all declarations that were printed compile', async () => {
  const typed = join(folder, 'typed')
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: true, paths: { sluice: [author] }, typeRoots: [join(root, 'node_modules/@types')] },
    include: [typed],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  expect((await readdir(typed)).length).toBeGreaterThan(100)
  const tsc = promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
  const said = await tsc.catch((thrown: { readonly stdout: string }) => thrown)
  expect(said.stdout).toBe('')
})
