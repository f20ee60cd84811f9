import type { SourcePosition } from './code-frame.ts'

/** The line and column of an offset in a text, both from 1. Columns count characters, not UTF-16 units. */
export function positionAt(source: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = source.slice(0, offset).split('\n')
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 }
}

/** Where a text first appears between quotes, or last when so asked; `null` when it does not. */
export function positionOfQuoted(source: string, text: string, which: 'first' | 'last' = 'first'): SourcePosition | null {
  const offsets = [`'${text}'`, `"${text}"`, `\`${text}\``]
    .map((quoted) => (which === 'first' ? source.indexOf(quoted) : source.lastIndexOf(quoted)))
    .filter((offset) => offset >= 0)
  if (offsets.length === 0) return null
  return positionAt(source, which === 'first' ? Math.min(...offsets) : Math.max(...offsets))
}

/** Where a module is imported from: the specifier of `from '...'`, `import '...'` or `import('...')`. */
export function positionOfImport(
  source: string,
  matches: (specifier: string) => boolean,
): (SourcePosition & { readonly specifier: string }) | null {
  for (const found of source.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g)) {
    const specifier = found[2] ?? ''
    if (matches(specifier)) return { ...positionAt(source, found.index + found[0].lastIndexOf(specifier) - 1), specifier }
  }
  return null
}

/** Where a module's default export stands. */
export function positionOfDefaultExport(source: string): SourcePosition | null {
  const found = /\bexport\s+default\b|\bas\s+default\b/.exec(source)
  return found === null ? null : positionAt(source, found.index)
}

/**
 * Where a property of a nested object literal is written: each key of the path is looked for behind the one before it. A key
 * that is not written out (an array index, a spread) is passed over, so the answer is the nearest written ancestor.
 */
export function positionOfProperty(source: string, path: readonly PropertyKey[]): SourcePosition | null {
  let from = 0
  let place: SourcePosition | null = null
  for (const key of path) {
    if (typeof key !== 'string') continue
    const escaped = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const found = new RegExp(`(?<![\\w$.])(?:${escaped}|'${escaped}'|"${escaped}")\\s*[:,}(]`).exec(source.slice(from))
    if (found === null) continue
    place = positionAt(source, from + found.index)
    from += found.index + found[0].length - 1
  }
  return place
}
