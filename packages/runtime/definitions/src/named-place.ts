import { positionAt, type SourcePosition } from '@sluice/core'

/** A call as it is written, with its place in the source. */
export interface WrittenCall {
  /** Offsets of its brackets. */
  readonly open: number
  readonly close: number
}

/** The call whose name stands at a place, `null` where none begins there. Brackets in strings, comments and templates do not count. */
export function callAt(source: string, place: SourcePosition): WrittenCall | null {
  const from = offsetOf(source, place)
  const name = /^[\w$.\s]*(?:<[^()]*>)?\s*\(/.exec(source.slice(from, from + 400))
  if (name === null) return null
  const open = from + name[0].length - 1
  let depth = 0
  for (const { 0: token, index } of source.slice(open).matchAll(tokens)) {
    if ('([{'.includes(token)) depth += 1
    else if (')]}'.includes(token)) depth -= 1
    if (depth === 0) return { open, close: open + index }
  }
  return null
}

/** What may hold a bracket that is not one, and the brackets. A template is passed over as a whole. */
const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|[()[\]{}]/g

/**
 * Where in a call the thing is written that its fault quotes: `there is no option "timout"` stands at `timout`, `"60" is not a duration` at
 * the number. `null` where the call holds nothing of the kind.
 */
export function placeOfQuoted(source: string, place: SourcePosition, message: string): SourcePosition | null {
  const call = callAt(source, place)
  if (call === null) return null
  const inside = source.slice(call.open, call.close)
  for (const [, quoted = ''] of message.matchAll(/"([^"]+)"/g)) {
    const found = new RegExp(`(?<![\\w$])${RegExp.escape(quoted)}(?![\\w$])`).exec(inside)
    if (found === null) continue
    const opening = /['"`]/.test(inside[found.index - 1] ?? '') ? 1 : 0
    return positionAt(source, call.open + found.index - opening)
  }
  return null
}

/** Columns count characters, offsets UTF-16 units. */
export function offsetOf(source: string, { line, column }: SourcePosition): number {
  const lines = source.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0)
  return (
    before +
    Array.from(lines[line - 1] ?? '')
      .slice(0, (column ?? 1) - 1)
      .join('').length
  )
}
