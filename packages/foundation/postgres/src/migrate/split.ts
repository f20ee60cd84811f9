/**
 * The statements of an SQL text, cut at semicolons that are not inside quotes, dollar quotes or comments. A text sent as one
 * is one transaction for the server, which is what a `-- no-transaction` file must avoid.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let from = 0
  for (const match of sql.matchAll(tokens)) {
    if (match[0] !== ';') continue
    statements.push(sql.slice(from, match.index))
    from = match.index + 1
  }
  statements.push(sql.slice(from))
  return statements.map((statement) => statement.trim()).filter((statement) => statement.replace(comments, '').trim() !== '')
}

const comments = /--[^\n]*|\/\*[\s\S]*?\*\//g
const tokens = /--[^\n]*|\/\*[\s\S]*?\*\/|\b[eE]'(?:\\[\s\S]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|(\$[A-Za-z_]*\w*\$)[\s\S]*?\1|;/g
