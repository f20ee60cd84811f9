import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileFormat } from '@sluice/author'
import { isSluiceError, type Json } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { ReadContext, Reader } from './reader.ts'

/** A file of the corpus, and beside it (`NAME.expected.json`) how it is declared and what is read of it. */
export interface CorpusCase {
  readonly name: string
  readonly path: string
  readonly expected: { readonly format?: Readonly<Record<string, Json>> } & Readonly<Record<string, Json>>
}

const corpus = join(import.meta.dirname, '../../corpus')

export async function corpusCases(folder: string): Promise<readonly CorpusCase[]> {
  const names = (await readdir(join(corpus, folder))).filter((name) => !name.endsWith('.expected.json')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const path = join(corpus, folder, name)
      const expected = await readFile(`${path}.expected.json`, 'utf8').catch(() => '{}')
      return { name, path, expected: JSON.parse(expected) as CorpusCase['expected'] }
    }),
  )
}

/** All that a reader gives of a file, or the error that it refuses it with. */
export async function readAll<F extends FileFormat>(
  reader: Reader<F>,
  connection: DuckConnection,
  path: string,
  format: F,
  context: ReadContext,
): Promise<Readonly<Record<string, Json>>> {
  const { size } = await stat(path)
  const file = { path, name: path.slice(path.lastIndexOf('/') + 1), bytes: size }
  try {
    await using open = await reader.open(connection, file, format, context)
    const numbered = (await connection.rows(open.numbered)) as Json[]
    const rows = (await connection.rows(open.rows)) as Json[]
    const refused = open.refused === undefined ? [] : ((await connection.rows(open.refused)) as Json[])
    return {
      found: open.found,
      columns: open.columns.map(({ name, type }) => (type === 'VARCHAR' ? name : `${name} ${type}`)),
      rows: numbered,
      ...(same(rows, numbered) ? {} : { unnumbered: rows }),
      ...(refused.length === 0 ? {} : { refused }),
      ...nonEmpty('recovered', await open.recovered()),
    }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    return { error: thrown.code, message: thrown.message, next: thrown.next ?? null }
  }
}

const nonEmpty = (name: string, value: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> =>
  Object.keys(value).length === 0 ? {} : { [name]: value }

/** `numbered` gives what `rows` gives, and a number before it. */
function same(rows: readonly Json[], numbered: readonly Json[]): boolean {
  const without = numbered.map((row) => {
    const { _row: _, ...cells } = row as { readonly [name: string]: Json }
    return cells
  })
  return JSON.stringify(rows) === JSON.stringify(without)
}
