import { positionAt } from '@sluice/core'
import { migrationErrors } from '../errors.ts'
import { splitStatements } from './split.ts'

const words = new Set(['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'savepoint', 'release', 'prepare'])

/**
 * A file is one transaction with its record, or none at all: a statement of its own that ends or begins one would leave what comes before
 * it when a later one fails. @throws `migration.failed` with file and line
 */
export function refuseTransactionWords(file: string, sql: string): void {
  for (const { words: inStatement } of splitStatements(sql)) {
    const [first] = inStatement
    if (first === undefined || !words.has(first.word)) continue
    const { line } = positionAt(sql, first.at)
    throw migrationErrors.failed(`${file}, line ${line}: ${first.word.toUpperCase()} may not stand in a migration`, {
      facts: { file, line },
      next: 'Remove it: each file is one transaction. A file that begins with "-- no-transaction" runs statement by statement.',
    })
  }
}
