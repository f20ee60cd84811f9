import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type FileFormat, formatOptions, typeText } from '@sluice/author'
import type { Json } from '@sluice/core'
import { given } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { fileErrors } from '../errors.ts'
import type { FileAtHand, Found, ReadContext, Reader, WantedKind } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import { declarationOf } from './declaration.ts'
import { formatOf, type KnownFormat } from './format-of.ts'
import { proposeTypes } from './propose-types.ts'
import { fileAt, withEngine } from './work.ts'

export interface SniffOptions {
  readonly known?: KnownFormat
  readonly signal?: AbortSignal
}

/** What a look at a file has found. */
export interface SniffedFile {
  readonly file: string
  readonly bytes: number
  readonly format: FileFormat['kind']
  readonly detected: Found
  /** With the narrowest types that hold the values that were looked at. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, Json>>[]
  /** Records at the beginning that cannot be read. */
  readonly refused: number
  /** That the name says another format than the content, that types are those of a part. */
  readonly told: readonly string[]
  /** TypeScript to paste. */
  readonly declaration: string
}

const shownRows = 5
/** Of a larger file of lines that much is looked at. */
const head = 4_000_000

/** Looks at a bounded part of a file, whatever its size, where its format is one of lines. @throws `file.*` */
export async function sniffFile(path: string, { known, signal }: SniffOptions = {}): Promise<SniffedFile> {
  const file = await fileAt(path)
  return await withEngine(async ({ connection, workFolder }) => {
    const { format, told } = await formatOf(file, known)
    const context: ReadContext = { workFolder, ...given({ signal }) }
    const reader = await readerOf(format.kind)
    const { columns: _, ...detected } = await reader.sniff(file, format, context)
    const part = await beginning(file, format, detected, workFolder)
    const { wanted, told: unclear } = await wantedOf(connection, part ?? file, { reader, format, context })
    await using opened = await reader.open(connection, part ?? file, format, { ...context, wanted: (name) => wanted.get(name) })
    const types = await proposeTypes(connection, opened.rows, opened.columns)
    const columns = opened.columns.map(({ name, type }, at) => ({ name, type: types[at], given: type }))
    return {
      file: file.name,
      bytes: file.bytes,
      format: format.kind,
      detected: { ...detected, ...opened.found },
      columns: columns.map(({ name, type, given }) => ({ name, type: type === undefined ? given.toLowerCase() : typeText(type) })),
      rows: await connection.rows(`SELECT * FROM (${opened.rows}) LIMIT ${shownRows}`),
      refused: await refusedIn(connection, opened.refused),
      told: [
        ...(told === undefined ? [] : [told]),
        ...unclear,
        ...(part === undefined ? [] : [`the types are those of the first ${part.bytes} bytes`]),
      ],
      declaration: declarationOf(file.name, format, columns, folderOf(path)),
    }
  })
}

/** Where the file lies, as a project beside it would say. */
const folderOf = (path: string): string => {
  const folder = dirname(path).replaceAll(sep, '/')
  return isAbsolute(path) || folder === '.' || folder.startsWith('..') ? 'inbox' : folder
}

interface Looking {
  readonly reader: Reader
  readonly format: FileFormat
  readonly context: ReadContext
}

/**
 * Columns whose texts are numbers, days or instants by the conventions of people (`1.234,50`, `31/12/2026`), all of them. A pull knows what
 * its dataset declares; here each kind is tried. What may mean two things is told, and stays text.
 */
async function wantedOf(connection: DuckConnection, file: FileAtHand, { reader, format, context }: Looking) {
  const wanted = new Map<string, WantedKind>()
  const told: string[] = []
  if (!formatOptions[format.kind].includes('decimal')) return { wanted, told }
  for (const kind of [undefined, 'number', 'date', 'timestamp'] as const) {
    const as = (name: string): WantedKind | undefined => (wanted.get(name) === 'text' ? kind : wanted.get(name))
    try {
      await using opened = await reader.open(connection, file, format, { ...context, wanted: as })
      const types = await proposeTypes(connection, opened.rows, opened.columns)
      for (const [at, { name }] of opened.columns.entries()) {
        if (kind === undefined) {
          if (types[at]?.kind === 'text') wanted.set(name, 'text')
        } else if (wanted.get(name) === 'text' && types[at]?.kind !== 'text') wanted.set(name, kind)
      }
    } catch (thrown) {
      if (!fileErrors.ambiguous.is(thrown)) throw thrown
      if (!told.includes(thrown.message)) told.push(thrown.message)
    }
  }
  return { wanted, told }
}

const refusedIn = async (connection: DuckConnection, refused: string | undefined): Promise<number> =>
  refused === undefined ? 0 : ((await connection.value<number>(`SELECT count(*) FROM (${refused})`)) ?? 0)

/** The beginning of a large file of lines, to the end of a line; a quoted cell that is cut is a record that cannot be read. */
async function beginning(file: FileAtHand, format: FileFormat, detected: Found, workFolder: string): Promise<FileAtHand | undefined> {
  const isOfLines = format.kind === 'csv' || format.kind === 'jsonl' || format.kind === 'fixed'
  const isPlain = (detected.compression ?? 'none') === 'none' && !/^utf-16/.test(String(detected.encoding ?? ''))
  if (file.bytes <= 2 * head || !isOfLines || !isPlain) return undefined
  await using source = await open(file.path)
  const path = join(workFolder, `head-${file.name.replaceAll(/[^\w.]/g, '_')}`)
  const { buffer, bytesRead } = await source.read(Buffer.alloc(head), 0, head, 0)
  const bytes = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
  if (bytes === 0) return undefined
  await pipeline([buffer.subarray(0, bytes)], createWriteStream(path, { mode: 0o600 }))
  return { path, name: file.name, bytes }
}
