/**
 * What can go wrong with a table. `commit.conflict` and `store.failed` may succeed when tried again; the others fail again unchanged.
 *
 * - `table.missing`, `table.exists`, `version.missing`: what was asked for is not there, or there already;
 * - `protocol.unsupported`: the table uses a feature this library does not implement; `facts.feature` names it;
 * - `log.corrupt`: the log breaks the protocol (a gap, no protocol or metadata, unreadable JSON);
 * - `file.missing`, `file.corrupt`: a file that the log names (data, checkpoint, deletion vector) is not there, or is broken;
 * - `schema.invalid`, `schema.mismatch`: a schema no Delta reader accepts; rows that do not fit the table's;
 * - `expression.invalid`: a condition or value of a row change that no row change can hold (a subquery, an aggregate, a random condition);
 * - `merge.ambiguous`: several rows of a merge's source would change one row of the table; `facts` show one;
 * - `property.invalid`, `constraint.invalid`: a table property or constraint that does not exist, cannot be given this value, or cannot be read;
 * - `transaction.invalid`: a version of an application transaction that is no exact whole number;
 * - `retention.short`: a vacuum that would take away what running readers may still need;
 * - `changes.unavailable`: the table did not keep its change data feed at a version that is asked for;
 * - `rows.invalid`: values the format cannot hold (NULL in a required column, infinite instants);
 * - `commit.conflict`: another writer changed what this one read, more often than it was willing to retry;
 * - `query.failed`, `store.failed`: DuckDB or the file system refused; `cause` says why.
 */
export type DeltaErrorCode =
  | 'table.missing'
  | 'table.exists'
  | 'version.missing'
  | 'protocol.unsupported'
  | 'log.corrupt'
  | 'file.missing'
  | 'file.corrupt'
  | 'schema.invalid'
  | 'schema.mismatch'
  | 'expression.invalid'
  | 'merge.ambiguous'
  | 'property.invalid'
  | 'constraint.invalid'
  | 'transaction.invalid'
  | 'retention.short'
  | 'changes.unavailable'
  | 'rows.invalid'
  | 'commit.conflict'
  | 'query.failed'
  | 'store.failed'

export class DeltaError extends Error {
  override readonly name = 'DeltaError'
  readonly code: DeltaErrorCode
  readonly facts: Readonly<Record<string, unknown>>
  /** What the reader does now, one sentence. */
  readonly next: string

  constructor(code: DeltaErrorCode, message: string, next: string, facts: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.next = next
    this.facts = facts
  }
}

/** The one form in which a missing feature is refused. */
export function unsupported(feature: string, why = ''): DeltaError {
  return new DeltaError(
    'protocol.unsupported',
    `The table uses the Delta feature ${feature}, which is not implemented${why === '' ? '' : ` (${why})`}.`,
    'Read or write the table with an engine that has the feature, or rewrite it without.',
    { feature },
  )
}

export function corrupt(message: string, facts: Readonly<Record<string, unknown>> = {}, cause?: unknown): DeltaError {
  return new DeltaError('log.corrupt', message, 'Restore the log from a backup, or read an earlier version.', facts, cause)
}

/** A file that the log names and that is not there. */
export function missingFile(what: string, file: string, facts: Readonly<Record<string, unknown>> = {}, cause?: unknown): DeltaError {
  return new DeltaError(
    'file.missing',
    `The ${what} ${file} is in the log and not on the disk.`,
    'Read a newer version if the file was vacuumed; otherwise restore it from a backup.',
    { file, ...facts },
    cause,
  )
}

/** A file that the log names and that cannot be what it says. */
export function corruptFile(message: string, facts: Readonly<Record<string, unknown>>, cause?: unknown): DeltaError {
  return new DeltaError('file.corrupt', message, 'Restore the file from a backup, or read another version.', facts, cause)
}
