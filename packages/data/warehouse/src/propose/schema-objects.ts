import type { DeclaredObject } from '../dictionary/dictionary.ts'
import type { DeclaredStatement } from './schema-files.ts'

const name = String.raw`(?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))*`
const kinds =
  'schema|type|domain|sequence|table|view|materialized view|function|procedure|aggregate|trigger|rule|policy|index|operator|extension|collation|cast'
const creates = new RegExp(
  String.raw`^\s*create\s+(?:or\s+replace\s+)?(?:(?:unlogged|unique|constraint|recursive)\s+)*(${kinds.replaceAll(' ', String.raw`\s+`)})\s+(?:if\s+not\s+exists\s+)?(${name})`,
  'i',
)
const onTable = new RegExp(String.raw`\bon\s+(?:only\s+)?(${name})`, 'i')
const comments = new RegExp(
  String.raw`^\s*comment\s+on\s+(${kinds.replaceAll(' ', String.raw`\s+`)})\s+(${name}).*?\bis\s+'((?:[^']|'')*)'\s*$`,
  'is',
)
/** They belong to a table, whose name does not stand in theirs. */
const ofTables = new Set(['trigger', 'rule', 'policy', 'index'])

/** What the files of `schema/` make, in the order of its kinds and names, with what they say of it. Pure. */
export function objectsOf(statements: readonly DeclaredStatement[]): readonly DeclaredObject[] {
  const told = new Map<string, string>()
  for (const { text } of statements) {
    const [, kind = '', of = '', comment] = comments.exec(withoutNotes(text)) ?? []
    if (comment !== undefined) told.set(keyOf(kind, of), comment.replaceAll("''", "'"))
  }
  const made = statements.flatMap(({ file, line, text }): readonly DeclaredObject[] => {
    const statement = withoutNotes(text)
    const [all, written, called = ''] = creates.exec(statement) ?? []
    if (all === undefined || written === undefined) return []
    const kind = spelled(written)
    const table = ofTables.has(kind) ? onTable.exec(statement.slice(all.length))?.[1] : undefined
    return [{ kind, name: called, on: table ?? null, file, line, comment: told.get(keyOf(kind, called)) ?? null }]
  })
  return made.toSorted((a, b) => compared(a.kind, b.kind) || compared(a.name, b.name))
}

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const spelled = (kind: string): string => kind.toLowerCase().replaceAll(/\s+/g, ' ')
const keyOf = (kind: string, called: string): string => `${spelled(kind)} ${called.startsWith('"') ? called : called.toLowerCase()}`

/** A comment of SQL may stand before the first word. */
const withoutNotes = (text: string): string => text.replace(/^(?:\s*(?:--[^\n]*\n|\/\*[\s\S]*?\*\/))+/, '')
