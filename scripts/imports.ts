/** What the source files of a package import from each other, read as text: types count, comments do not. */
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from './workspace.ts'

export interface SourceFile {
  /** Relative to the folder that was read, with `/`. */
  readonly path: string
  /** The files that its relative imports name, in the same form; those outside of the folder begin with `..`. */
  readonly imports: readonly string[]
}

const foreign = new Set(['node_modules', 'fixtures', '.sluice', 'dist'])

/** Every source file below a folder of the workspace. */
export function readSources(folder: string): readonly SourceFile[] {
  return globSync('**/*.{ts,tsx,js}', { cwd: join(root, folder), exclude: (path) => foreign.has(posix.basename(path)) })
    .map((found) => found.replaceAll('\\', '/'))
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(root, folder, path), 'utf8')))
}

export function sourceOf(path: string, text: string): SourceFile {
  const folder = posix.dirname(path)
  return { path, imports: [...new Set(importsOf(text).map((name) => posix.normalize(posix.join(folder, name))))] }
}

/**
 * `from '…'`, `import '…'`, `import('…')`, `new URL('…', import.meta.url)`, `import.meta.resolve('…')`, `join(import.meta.dirname, '…')`.
 */
const specifier =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|(?<address>\bnew URL\(\s*|\bimport\.meta\.resolve\(\s*)|\b(?<beside>import\.meta\.dirname),\s*)(?<quote>['"])(?<name>[^'"\n]+)\k<quote>/
/**
 * What may hold a text that looks like an import: a comment, a text, a template, a regular expression (where a value may begin). A template
 * inside of a template is read as the end of the outer one; imports stand outside of both.
 */
const others = [
  /\/\/[^\n]*/,
  /\/\*[\s\S]*?\*\//,
  /'(?:\\.|[^'\\\n])*'/,
  /"(?:\\.|[^"\\\n])*"/,
  /`(?:\\[\s\S]|[^`\\])*`/,
  /(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//,
]
const pieces = new RegExp([specifier, ...others].map(({ source }) => source).join('|'), 'g')

/** A name by which a file finds something else. */
export interface Named {
  readonly name: string
  /** Where the name begins in the text, behind its quote. */
  readonly at: number
  /** A path beside the file, also where it begins with no dot. */
  readonly isBeside: boolean
  /** Nothing is imported here: its address is asked, for a process, a file or an import that comes later. */
  readonly isAddress: boolean
}

export function namesIn(text: string): readonly Named[] {
  return [...text.matchAll(pieces)].flatMap(({ 0: all, index, groups }) => {
    const name = groups?.name
    return name === undefined
      ? []
      : [
          {
            name,
            at: index + all.lastIndexOf(`${groups?.quote}${name}`) + 1,
            isBeside: groups?.beside !== undefined,
            isAddress: groups?.address !== undefined,
          },
        ]
  })
}

/** The relative names that a file imports, or otherwise finds beside itself. */
export function importsOf(text: string): readonly string[] {
  return namesIn(text).flatMap(({ name, isBeside }) => {
    if (name.startsWith('.')) return [name]
    return isBeside ? [`./${name}`] : []
  })
}
