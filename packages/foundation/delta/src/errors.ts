/**
 * What can go wrong with a table. `commit.conflict` and `store.failed` may succeed when tried again. The other errors occur again until
 * something is changed.
 *
 * - `table.missing`, `table.exists`, `version.missing`: the table or version does not exist, or the table already exists;
 * - `protocol.unsupported`: the table uses a feature that this library does not implement; `facts.feature` names it;
 * - `log.corrupt`: the log breaks the protocol (a gap, a missing protocol or metadata, unreadable JSON);
 * - `file.missing`, `file.corrupt`: a file that the log names (data, checkpoint, deletion vector) is missing or broken;
 * - `schema.invalid`, `schema.mismatch`: Delta readers do not accept the schema; the rows do not fit the table's schema;
 * - `expression.invalid`: a row change cannot use the expression (a subquery, an aggregate, a random condition);
 * - `merge.ambiguous`: several source rows of a merge would change one row of the table; `facts` show one;
 * - `property.invalid`, `constraint.invalid`: the table property or constraint does not exist, or its value cannot be used;
 * - `transaction.invalid`: the version of an application transaction is not an exact whole number;
 * - `retention.short`: the vacuum would delete files that running readers may still need;
 * - `changes.unavailable`: the table did not keep its change data feed at a requested version;
 * - `rows.invalid`: the table cannot hold the values (NULL in a required column, infinite instants, a violated constraint);
 * - `commit.conflict`: other writers changed what this one had read, on every attempt;
 * - `option.invalid`: an argument of a call has an unknown key, a wrong type or a value that the call does not take; `facts.option` names
 *   it;
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
  | 'option.invalid'
  | 'commit.conflict'
  | 'query.failed'
  | 'store.failed'

export class DeltaError extends Error {
  override readonly name = 'DeltaError'
  readonly code: DeltaErrorCode
  readonly facts: Readonly<Record<string, unknown>>
  /** One sentence that says what to do next. */
  readonly next: string

  constructor(code: DeltaErrorCode, message: string, next: string, facts: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.next = next
    this.facts = facts
  }
}

/** Every refusal of a missing feature has this form. */
export function unsupported(feature: string, why = ''): DeltaError {
  return new DeltaError(
    'protocol.unsupported',
    `The table uses the Delta feature ${feature}, which is not implemented${why === '' ? '' : ` (${why})`}.`,
    'Read or write the table with an engine that has the feature, or remove the feature from the table.',
    { feature },
  )
}

export function corrupt(message: string, facts: Readonly<Record<string, unknown>> = {}, cause?: unknown): DeltaError {
  return new DeltaError('log.corrupt', message, 'Restore the log from a backup, or read an earlier version.', facts, cause)
}

/** The log names the file, but the file does not exist. */
export function missingFile(what: string, file: string, facts: Readonly<Record<string, unknown>> = {}, cause?: unknown): DeltaError {
  return new DeltaError(
    'file.missing',
    `The log names the ${what} ${file}, but the file does not exist.`,
    'Read a newer version if a vacuum deleted the file. Otherwise restore it from a backup.',
    { file, ...facts },
    cause,
  )
}

/** The log names the file, but the file is broken. */
export function corruptFile(message: string, facts: Readonly<Record<string, unknown>>, cause?: unknown): DeltaError {
  return new DeltaError('file.corrupt', message, 'Restore the file from a backup, or read another version.', facts, cause)
}

/** Closes a union: a new member is a compile error at the call, and a value that the types do not allow throws at run time. */
export function unreachable(value: never): never {
  throw new TypeError(`${JSON.stringify(value)} is not a value that the types of this library allow.`)
}
