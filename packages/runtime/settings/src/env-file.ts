import { configErrors } from '@sluice/core'

export interface EnvEntry {
  readonly value: string
  /** From 1. */
  readonly line: number
}

/**
 * Reads a `.env` file: `NAME=value`, `export NAME=value`, blank lines and `#` comments (a line, or after a space). Text in single quotes is
 * taken as it is. In double quotes, `\n \r \t \" \\ \$` are escapes. Nothing is expanded, and a value ends with its line.
 * @throws `config.invalid` for any other line, with the place and the fault; never with the text, which may be a secret
 */
export function parseEnvFile(text: string, file: string): ReadonlyMap<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>()
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  lines.forEach((raw, index) => {
    const line = index + 1
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) return
    const fail = (what: string, next: string): never => {
      throw configErrors.invalid(`${file}:${line}: ${what}`, { facts: { file, line }, next })
    }
    const equals = content.indexOf('=')
    if (equals < 0) fail('the line has no "="', 'Write NAME=value, or begin the line with # for a comment.')
    const name = content
      .slice(0, equals)
      .replace(/^export\s+/, '')
      .trimEnd()
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      fail('the text before "=" is not the name of a variable', 'Use letters, digits and underscores, for example COINCAP_API_KEY=...')
    }
    const first = entries.get(name)
    if (first !== undefined) fail(`${name} is set a second time, first on line ${first.line}`, 'Keep one of the two lines.')
    const value = readValue(content.slice(equals + 1).trimStart())
    if (typeof value !== 'string') fail(`the value of ${name} ${value.fault}`, value.next)
    else entries.set(name, { value, line })
  })
  return entries
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' }

function readValue(text: string): string | { readonly fault: string; readonly next: string } {
  const quote = text[0]
  if (quote !== '"' && quote !== "'") return text.replace(/(?:^|\s+)#.*$/, '').trimEnd()
  const quoted = (quote === '"' ? /^"((?:[^"\\]|\\.)*)"\s*(.*)$/ : /^'([^']*)'\s*(.*)$/).exec(text)
  if (quoted === null)
    return { fault: 'has no closing quote', next: 'Close the quote on the same line; write a line break as \\n in double quotes.' }
  const [, inner = '', rest = ''] = quoted
  if (rest !== '' && !rest.startsWith('#'))
    return { fault: 'has text after its closing quote', next: 'Quote the whole value, or put # before a comment.' }
  if (quote === "'") return inner
  const unknown = [...inner.matchAll(/\\(.)/g)].find(([, letter = '']) => !(letter in escapes))
  if (unknown !== undefined)
    return { fault: 'has an escape that does not exist', next: 'In double quotes write \\\\ for a backslash, or use single quotes.' }
  return inner.replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter)
}
