import { positionAt } from '@sluice/core'

/** A token of SQL text; spaces and comments are none. Places are UTF-8 byte offsets, as DuckDB's parser gives them. */
export interface Token {
  readonly kind: 'word' | 'identifier' | 'text' | 'other'
  /** As written, quotes included. */
  readonly written: string
  /** Without quotes, escapes resolved. */
  readonly value: string
  readonly start: number
  readonly end: number
}

const patterns = [
  ['space', /\s+|--[^\n]*/uy],
  ['identifier', /"(?:[^"]|"")*"/uy],
  ['text', /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'/uy],
  ['dollar', /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$/uy],
  ['word', /[\p{L}_\u0080-\u{10ffff}][\p{L}\p{N}_$\u0080-\u{10ffff}]*/uy],
  ['number', /\d[\w.]*/uy],
  ['other', /[\s\S]/uy],
] as const

/** The tokens of a statement that DuckDB has parsed: text it refuses may come out in any way. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = []
  let [at, byte] = [0, 0]
  while (at < sql.length) {
    const [name, written] = sql.startsWith('/*', at) ? (['space', blockComment(sql, at)] as const) : next(sql, at)
    const start = byte
    at += written.length
    byte += Buffer.byteLength(written)
    if (name !== 'space') tokens.push({ kind: kindOf(name), written, value: unquoted(name, written), start, end: byte })
  }
  return tokens
}

function next(sql: string, at: number): readonly [(typeof patterns)[number][0], string] {
  for (const [name, pattern] of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(sql)?.[0]
    if (found !== undefined) return [name, found]
  }
  return ['other', sql.slice(at, at + 1)]
}

/** PostgreSQL's block comments nest. */
function blockComment(sql: string, from: number): string {
  const marks = /\/\*|\*\//g
  marks.lastIndex = from
  for (let depth = 0, mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return sql.slice(from, marks.lastIndex)
  }
  return sql.slice(from)
}

function kindOf(name: Exclude<(typeof patterns)[number][0], 'space'>): Token['kind'] {
  if (name === 'word' || name === 'identifier') return name
  return name === 'text' || name === 'dollar' ? 'text' : 'other'
}

function unquoted(name: string, written: string): string {
  if (name === 'identifier') return written.slice(1, -1).replaceAll('""', '"')
  if (name === 'text' && written.startsWith("'")) return written.slice(1, -1).replaceAll("''", "'")
  return written
}

/** `line 3, column 14` of a byte offset. */
export function placeOfByte(sql: string, byte: number): string {
  const { line, column } = positionAt(sql, Buffer.from(sql).subarray(0, byte).toString('utf8').length)
  return `line ${line}, column ${column}`
}
