import type { Package } from '../workspace.ts'

export interface Needs extends Pick<Package, 'name' | 'folder'> {
  /** Names of the packages that its manifest, its sources or its tests name. */
  readonly needs: ReadonlySet<string>
}

/** Judged in any case: they look at the whole repository, and take seconds. */
const always = ['architecture.test.ts', 'scripts/']

/**
 * What to test after changes, as filters for Vitest; empty means everything. A test of a package that depends on a changed one may start
 * its code in another process, which no graph of imports shows: so whole packages are taken.
 *
 * A test file touches itself alone, a text its own package, another file of a package that package and all that depend on it; one that
 * belongs to no package touches everything, unless only people read it.
 */
export function touchedBy(files: readonly string[], packages: readonly Needs[]): readonly string[] {
  const filters = new Set(always)
  for (const file of files) {
    if (/^(?:docs|\.github)\/|^[^/]+\.md$|^LICENSE$/.test(file) || always.some((each) => file.startsWith(each))) continue
    const home = packages.find(({ folder }) => file.startsWith(`${folder}/`))
    if (home === undefined) return []
    if (file.endsWith('.test.ts')) filters.add(file)
    else for (const { folder } of file.endsWith('.md') ? [home] : withDependents(home, packages)) filters.add(`${folder}/`)
  }
  return [...filters].filter((filter) => ![...filters].some((other) => other !== filter && other.endsWith('/') && filter.startsWith(other)))
}

function withDependents(changed: Needs, packages: readonly Needs[]): readonly Needs[] {
  const found = new Set([changed])
  for (const each of found) {
    for (const other of packages) if (other.needs.has(each.name)) found.add(other)
  }
  return [...found]
}
