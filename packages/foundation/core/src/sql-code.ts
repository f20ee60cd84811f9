/** Comments to the end of the line, texts, quoted names and dollar quotes. `/*` is followed to its end by hand, since comments nest. */
const skipped = [
  String.raw`--[^\n]*|\/\*`,
  String.raw`(?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"`,
  String.raw`(?<![A-Za-z0-9_$])\$(?<tag>[A-Za-z_][A-Za-z0-9_]*)?\$[\s\S]*?\$\k<tag>\$`,
].join('|')

/** Where in the code of a statement something stands; what is said in texts and comments is none of it. */
export interface InCode {
  readonly at: number
  readonly length: number
  /** What the group `wanted` of the pattern has taken. */
  readonly wanted: string
}

/**
 * What a pattern with a group `wanted` finds in the code of a statement, in its order. A match without the group is skipped whole. A
 * pattern that begins a text takes that text; none is looked into.
 */
export function inCode(text: string, pattern: string): readonly InCode[] {
  const token = new RegExp(`${pattern}|${skipped}`, 'y')
  const found: InCode[] = []
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at
    const match = token.exec(text)
    const length = match === null ? 1 : match[0] === '/*' ? endOfComment(text.slice(at)) : match[0].length
    const wanted = match?.groups?.wanted
    if (wanted !== undefined) found.push({ at, length, wanted })
    at += length
  }
  return found
}

/** Where a comment that begins the text ends. Comments in `/* *` `/` nest in PostgreSQL and in DuckDB. */
export function endOfComment(text: string): number {
  let depth = 0
  for (const match of text.matchAll(/\/\*|\*\//g)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return match.index + 2
  }
  return text.length
}
