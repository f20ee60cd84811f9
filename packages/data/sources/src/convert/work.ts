import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type DuckConnection, openDuckDB } from '@sluice/duckdb'
import { fileErrors } from '../errors.ts'
import type { FileAtHand } from '../files/reader.ts'

/** What looking at a file takes: an engine, and a folder, both gone in the end. */
export async function withEngine<T>(
  act: (at: { readonly connection: DuckConnection; readonly workFolder: string }) => Promise<T>,
): Promise<T> {
  const workFolder = await mkdtemp(join(tmpdir(), 'sluice-file-'))
  const duckdb = await openDuckDB({ tempDirectory: workFolder, memoryLimitMb: 512 })
  try {
    return await act({ connection: await duckdb.connect(), workFolder })
  } finally {
    duckdb.close()
    await rm(workFolder, { recursive: true, force: true })
  }
}

/** @throws `file.missing` */
export async function fileAt(path: string): Promise<FileAtHand> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return { path: resolve(path), name: basename(path), bytes: found.size }
  const is = found === undefined ? 'not there' : found.isDirectory() ? 'a folder' : 'not a file'
  throw fileErrors.missing(`${path} is ${is}`, {
    facts: { file: path },
    next: found?.isDirectory() === true ? await fileOf(path) : 'Name a file by its path from here.',
  })
}

/** A look is at one file; all files of a folder are what a project pulls. */
async function fileOf(folder: string): Promise<string> {
  const [first] = (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter(
    (each) => each.isFile() && !each.name.startsWith('.'),
  )
  return first === undefined
    ? 'No file lies in it: name one of another folder.'
    : `Name one of its files, such as ${join(folder, first.name)}. A project pulls all of them: fileSource({ folder: '${folder}' }).`
}
