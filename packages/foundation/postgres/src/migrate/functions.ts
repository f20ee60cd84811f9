import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { definitionErrors, type SluiceError } from '@sluice/core'
import { sha256Of } from './migration.ts'

/**
 * A repeatable migration: one function of the history's schema with the triggers that call it, each as `create or replace`. Numbered
 * migrations hold tables; a function is applied again whenever its text changes, so that its text stands in one place.
 */
export interface SqlFunction {
  readonly name: string
  readonly sql: string
}

export interface AppliedFunction {
  readonly name: string
  readonly sha256: string
}

export interface FunctionsPlan {
  /** New or changed, in the order of their names. */
  readonly apply: readonly SqlFunction[]
  /** Names of functions whose file is gone. */
  readonly drop: readonly string[]
}

/** Reads `<name>.sql`, one function a file. */
export async function readFunctions(folder: string): Promise<SqlFunction[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return await Promise.all(files.map(async (file) => ({ name: basename(file, '.sql'), sql: await readFile(join(folder, file), 'utf8') })))
}

/** What differs from what is applied. A text that does not begin with `create or replace function <name>(` is refused. */
export function planFunctions(applied: readonly AppliedFunction[], wanted: readonly SqlFunction[]): FunctionsPlan {
  const known = new Map(applied.map(({ name, sha256 }) => [name, sha256]))
  const names = new Set<string>()
  for (const each of wanted) {
    if (names.has(each.name)) throw invalid(each, 'there are two files of this name', 'Keep one of them.')
    if (!definesItself(each)) {
      const head = `create or replace function <schema>.${each.name}(`
      throw invalid(each, `the file does not begin with "${head}"`, 'Name the file for its function, one function a file.')
    }
    names.add(each.name)
  }
  return {
    apply: wanted.filter(({ name, sql }) => known.get(name) !== sha256Of(sql)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    drop: [...known.keys()].filter((name) => !names.has(name)),
  }
}

const head = /^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)*create\s+or\s+replace\s+function\s+(?:\w+\.|"[^"]+"\.)?(\w+)\s*\(/i
const definesItself = ({ name, sql }: SqlFunction): boolean => head.exec(sql)?.[1] === name

const invalid = ({ name }: SqlFunction, message: string, next: string): SluiceError =>
  definitionErrors.invalid(`${name}.sql: ${message}`, { facts: { function: name }, next })
