export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'comment' | 'symbol'
  readonly text: string
  /** Where it begins. */
  readonly at: number
}

const patterns = {
  space: String.raw`\s+`,
  comment: String.raw`--[^\n]*|/\*`,
  // To its end, or to the end of the text where it has none.
  quoted: String.raw`[eE]'(?:\\[\s\S]|''|[^'\\])*(?:'|$)|'(?:''|[^'])*(?:'|$)|"(?:""|[^"])*(?:"|$)|\$(?<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|)\$[\s\S]*?(?:\$\k<tag>\$|$)`,
  word: String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`,
  symbol: String.raw`\d[\w.]*|[\s\S]`,
}
const token = new RegExp(
  Object.entries(patterns)
    .map(([kind, pattern]) => `(?<${kind}>${pattern})`)
    .join('|'),
  'g',
)

/** The tokens of an SQL text as PostgreSQL reads it, without the space between them. */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  token.lastIndex = 0
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    const { index: at, groups = {} } = match
    if (groups.space !== undefined) continue
    const end = groups.comment === '/*' ? endOfComment(sql, at) : at + match[0].length
    const kind =
      groups.comment !== undefined ? 'comment' : groups.quoted !== undefined ? 'quoted' : groups.word !== undefined ? 'word' : 'symbol'
    yield { kind, text: sql.slice(at, end), at }
    token.lastIndex = end
  }
}

/** Comments nest. */
function endOfComment(sql: string, from: number): number {
  const edges = /\/\*|\*\//g
  edges.lastIndex = from
  let depth = 0
  for (let edge = edges.exec(sql); edge !== null; edge = edges.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1
    if (depth === 0) return edges.lastIndex
  }
  return sql.length
}
