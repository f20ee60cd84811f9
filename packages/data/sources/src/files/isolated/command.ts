import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Limits } from './limits.ts'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

export interface Place {
  /** Node itself. */
  readonly node: string
  readonly entry: string
  /** Folders of code. */
  readonly code: readonly string[]
  readonly path: string
  readonly folder: string
  readonly isNative: boolean
}

/**
 * How the process is started. Pure. Node's permission model keeps it from every other file, from starting processes and threads, and from
 * native code; a thread would have all rights again (Node 24), so that none is allowed for watching either. The kernel counts the processor
 * time, and ends the process also where nobody is left to watch it; where memory ends, it goes first.
 */
export function commandOf(
  { node, entry, code, path, folder, isNative }: Place,
  { heapMb, cpuSeconds }: Limits,
  platform: NodeJS.Platform,
): Command {
  const args = [
    '--permission',
    ...(isNative ? ['--allow-addons'] : []),
    `--max-old-space-size=${heapMb}`,
    ...[path, ...code.map(below), below(folder)].map((each) => `--allow-fs-read=${each}`),
    `--allow-fs-write=${below(folder)}`,
    entry,
  ]
  if (platform === 'win32') return { file: node, args }
  const script = `echo 1000 2>/dev/null >/proc/self/oom_score_adj; ulimit -c 0; ulimit -S -t ${cpuSeconds}; ulimit -H -t ${cpuSeconds + 5}; exec "$0" "$@"`
  return { file: '/bin/sh', args: ['-c', script, node, ...args] }
}

const below = (folder: string): string => join(folder, '*')

/**
 * What the code of these modules is read from: their packages, and each folder in which Node looks for a package that they import, be it
 * there or not, since a look that is refused ends the process. @param modules URLs
 */
export function codeOf(modules: readonly string[]): readonly string[] {
  const packages = modules.map((module) => findPackageJSON(module)).filter((found) => found !== undefined)
  const folders = packages.map((found) => dirname(found))
  const libraries = folders.flatMap(foldersAbove).map((folder) => join(folder, 'node_modules'))
  return [...new Set([...folders, ...libraries])]
}

function foldersAbove(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [] : [above, ...foldersAbove(above)]
}

const entryUrl = import.meta.resolve('@sluice/sources/read-process')
export const entryFile = fileURLToPath(entryUrl)
/** Whose code the process and parsers import. */
export const ownModules: readonly string[] = [
  entryUrl,
  import.meta.resolve('@sluice/core'),
  import.meta.resolve('@sluice/duckdb'),
  import.meta.resolve('@sluice/process'),
]
