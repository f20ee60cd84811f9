import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { positionAt, SluiceError } from '@sluice/core'
import { migrationErrors, type Pool, quoteIdentifier, splitStatements } from '@sluice/postgres'

/** One statement of the files of `schema/`. */
export interface DeclaredStatement {
  readonly file: string
  readonly line: number
  readonly text: string
}

/**
 * The statements of `schema/**.sql`, in the order of their files.
 * @throws `migration.failed` for one that does not declare an object of a database
 */
export async function readSchema(folder: string): Promise<readonly DeclaredStatement[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sql')).sort()
  const statements: DeclaredStatement[] = []
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8')
    for (const { text: statement, words } of splitStatements(text)) {
      const [first] = words
      const each = { file: `schema/${name}`, line: positionAt(text, first?.at ?? 0).line, text: statement }
      refuseOther(
        each,
        words.map(({ word }) => word),
      )
      statements.push(each)
    }
  }
  return statements
}

const declaring = new Set(['create', 'alter', 'comment', 'grant', 'revoke'])
/** They belong to the server: a scratch database is on the same one. */
const ofServer = /^(?:create|alter) (?:role|user|group|database|tablespace|subscription|system)\b/

function refuseOther({ file, line }: DeclaredStatement, words: readonly string[]): void {
  const [first = ''] = words
  if (declaring.has(first) && !ofServer.test(words.join(' ')) && !words.includes('concurrently')) return
  throw migrationErrors.failed(`${file}, line ${line}: ${words.slice(0, 2).join(' ').toUpperCase()} declares no object of the database`, {
    facts: { file, line },
    next: 'Files of schema/ hold CREATE, ALTER, COMMENT, GRANT and REVOKE. Rows, roles and databases are made elsewhere: by a migration, or by an administrator.',
  })
}

/** What is missing, as the server says it: another statement may make it. */
const missing = new Set(['42P01', '42883', '42704', '42703', '3F000', '42P02', '2BP01'])

/**
 * Makes them in an order that the server finds: what fails for want of another one is tried again behind it.
 * @throws `migration.failed` with the place of the first that none of the others helps
 */
export async function makeInAnyOrder(pool: Pool, statements: readonly DeclaredStatement[]): Promise<void> {
  await pool.withConnection(async (session) => {
    await session.query('set check_function_bodies = off')
    const ordered = statements.toSorted((a, b) => rankOf(a) - rankOf(b))
    // Most are in an order that the server takes: together they are one transaction, which leaves nothing where one of them fails.
    const isMade = await session.query(ordered.map(({ text }) => text).join(';\n')).then(
      () => true,
      () => false,
    )
    for (let waiting: readonly DeclaredStatement[] = isMade ? [] : ordered; waiting.length > 0; ) {
      const refused: { readonly each: DeclaredStatement; readonly error: SluiceError }[] = []
      for (const each of waiting) {
        try {
          await session.query(each.text)
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error
          if (!missing.has(String(error.facts.sqlstate))) throw failed(each, error)
          refused.push({ each, error })
        }
      }
      const [first] = refused
      if (first !== undefined && refused.length === waiting.length) throw failed(first.each, first.error)
      waiting = refused.map(({ each }) => each)
    }
    await session.query('reset check_function_bodies')
  })
}

/** What is made behind a default right has it: as in a database that has had it before. */
const rankOf = ({ text }: DeclaredStatement): number =>
  /^\s*create schema\b/i.test(text) ? 0 : /^\s*alter default privileges\b/i.test(text) ? 1 : 2

function failed({ file, line }: DeclaredStatement, error: SluiceError): SluiceError {
  const isThere = ['42P07', '42710', '42723', '42P06'].includes(String(error.facts.sqlstate))
  const role = /role "(.*)" does not exist/.exec(error.message)?.[1]
  return migrationErrors.failed(`${file}, line ${line}: ${error.message}`, {
    facts: { ...error.facts, file, line },
    cause: error,
    next: isThere
      ? 'A migration, or another file, makes it already: write "create or replace" here, or drop it by a migration first.'
      : role === undefined
        ? 'Correct the file, and compare again.'
        : `Roles belong to the server. As an administrator, on each: create role ${quoteIdentifier(role)} nologin. Then compare again.`,
  })
}
