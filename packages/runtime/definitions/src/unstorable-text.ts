import { positionAt, positionOfDefaultExport, positionOfProperty, type SourcePosition } from '@sluice/core'

/** A text of a definition that PostgreSQL cannot hold. */
export interface UnstorableText {
  /** Keys that lead to it. */
  readonly path: readonly (string | number)[]
  readonly what: string
}

/**
 * The first text, be it a key or a value, with a character that no database keeps: NUL, or half of a surrogate pair. A definition is
 * refused for it where it is read: the database would refuse its publication, without a file or a line.
 */
export function unstorableText(value: unknown, path: readonly (string | number)[] = []): UnstorableText | undefined {
  if (typeof value === 'string') {
    const what = oddIn(value)
    return what === undefined ? undefined : { path, what }
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, item] of Object.entries(value)) {
    const below = [...path, Array.isArray(value) ? Number(key) : key]
    const odd = oddIn(key)
    const found = odd === undefined ? unstorableText(item, below) : { path, what: `a name with ${odd}` }
    if (found !== undefined) return found
  }
  return undefined
}

function oddIn(text: string): string | undefined {
  if (text.includes('\0')) return 'the character NUL (\\u0000)'
  return text.isWellFormed() ? undefined : 'half of a surrogate pair'
}

/** As people write such a character in a file. */
const written =
  /\\u0000|\\u\{0+\}|\\x00|\\0(?!\d)|\0|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])/

/** Where the character is written; else the property that has it; else the default export. */
export function placeOfUnstorable(source: string, { path }: UnstorableText): SourcePosition | null {
  const found = written.exec(source)
  return found === null ? (positionOfProperty(source, path) ?? positionOfDefaultExport(source)) : positionAt(source, found.index)
}

/** `tasks[0].description`. */
export const shownPath = (path: UnstorableText['path']): string =>
  path.reduce<string>((shown, key) => (typeof key === 'number' ? `${shown}[${key}]` : shown === '' ? key : `${shown}.${key}`), '')
