/** What is reached from entry points: the files that ship, and no others. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn } from '../imports.ts'
import { root } from '../workspace.ts'
import type { Member } from './members.ts'
import { meantBy } from './resolve.ts'

export interface Reached {
  /** Modules, relative to the root, by their sources. */
  readonly modules: ReadonlySet<string>
  /** Files and folders that modules name and that are not modules. */
  readonly assets: ReadonlySet<string>
  /** Packages of others, each with the modules that import them. */
  readonly packages: ReadonlyMap<string, readonly string[]>
}

/** @param textOf what is read of a module: its source, what the compiler made of it, or its types */
export function reachedFrom(entries: readonly string[], members: readonly Member[], textOf: (file: string) => string): Reached {
  const [modules, assets, packages] = [new Set(entries), new Set<string>(), new Map<string, string[]>()]
  // A set gives what is added while it is read.
  for (const file of modules) {
    for (const named of namesIn(textOf(file))) {
      const meant = meantBy(named, file, members)
      if (meant.kind === 'package') packages.set(meant.name, [...(packages.get(meant.name) ?? []), file])
      if (meant.kind !== 'file') continue
      const target = sourceOf(meant.file)
      if (/\.(?:ts|js)$/.test(target)) modules.add(target)
      else assets.add(target)
    }
  }
  return { modules, assets, packages }
}

/** The source behind a name that may be that of the compiled file. */
function sourceOf(file: string): string {
  if (exists(file)) return file
  const source = file.replace(/\.js$/, '.ts')
  if (source !== file && exists(source)) return source
  throw new Error(`nothing stands at ${file}`)
}

const exists = (file: string): boolean => statSync(join(root, file), { throwIfNoEntry: false }) !== undefined
