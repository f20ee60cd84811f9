import { opendir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { csv, type FileFormat } from '@sluice/author'
import type { ReadContext } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import { patternOf } from './declaration.ts'

const mostEntries = 10_000
const mostLooked = 3

/**
 * What is told of CSV files beside one whose names differ from its name by a date or a number, and that have other columns: the pattern of
 * the declaration takes them, too. A few are looked at, by their beginnings.
 */
export async function unlikeBeside(
  path: string,
  format: FileFormat,
  columns: readonly string[],
  context: ReadContext,
): Promise<readonly string[]> {
  const name = basename(path)
  if (format.kind !== 'csv' || !patternOf(name).includes('*')) return []
  const beside = (await namesBeside(path, name)).toSorted()
  const some = beside.length <= mostLooked ? beside : [beside[0], beside[beside.length >> 1], beside.at(-1)]
  const told: string[] = []
  for (const other of some) {
    if (other === undefined) continue
    const theirs = await columnsOf(join(dirname(path), other), other, context)
    if (theirs === undefined || isSame(theirs, columns)) continue
    const less = columns.filter((each) => !theirs.includes(each))
    const more = theirs.filter((each) => !columns.includes(each))
    told.push(
      `${other} fits the pattern ${patternOf(name)} and has other columns (${[...less.map((each) => `not ${JSON.stringify(each)}`), ...more.map((each) => `also ${JSON.stringify(each)}`)].slice(0, 6).join(', ')}). Where it is not of the same data, give each a pattern, and names of its own.`,
    )
  }
  return told
}

async function namesBeside(path: string, name: string): Promise<readonly string[]> {
  const found: string[] = []
  let seen = 0
  for await (const entry of await opendir(dirname(path))) {
    if (entry.isFile() && entry.name !== name && patternOf(entry.name) === patternOf(name)) found.push(entry.name)
    if (++seen === mostEntries) break
  }
  return found
}

/** `undefined` for a file that cannot be read: the look is at another one. */
async function columnsOf(path: string, name: string, context: ReadContext): Promise<readonly string[] | undefined> {
  try {
    const [reader, { size }] = await Promise.all([readerOf('csv'), stat(path)])
    const { columns } = await reader.sniff({ path, name, bytes: size }, csv(), context)
    return (columns as readonly unknown[]).map(String)
  } catch {
    return undefined
  }
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each) => other.includes(each))
