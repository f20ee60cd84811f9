import type { DuckDBConnection } from '@duckdb/node-api'
import { DeltaError } from '../errors.ts'
import { type Expression, parseExpression } from '../expression.ts'
import type { TableShape } from '../read/prune.ts'
import { quoteIdentifier } from '../sql.ts'
import { type Coming, valuesOf } from './assignments.ts'
import { type MergeSource, sideOf } from './merge-source.ts'
import { joinAtPositions, position } from './removed-rows.ts'
import type { MergeOptions, SetClause } from './request.ts'

/** The SQL by column. `ofTarget` says whether any of it reads the row of the table. */
interface ClauseValues {
  readonly sql: ReadonlyMap<string, string>
  readonly ofTarget: boolean
}

export interface Clause {
  readonly when: Expression | undefined
  /** The condition as the caller wrote it, for the history. */
  readonly text: string | undefined
  /** `undefined` for a clause that deletes. */
  readonly values: ClauseValues | undefined
}

/** The clauses in order. The clauses that change rows share one numbering: `matched` first, then `bySource`. */
export interface MergePlan {
  readonly matched: readonly Clause[]
  readonly bySource: readonly Clause[]
  readonly inserts: readonly Clause[]
}

export async function planClauses(
  connection: DuckDBConnection,
  options: MergeOptions,
  shape: TableShape,
  source: MergeSource,
): Promise<MergePlan> {
  const { matched = [], notMatched = [], notMatchedBySource = [], updateAll, insertAll, evolve = false } = options
  const clause = async (when: string | undefined, set: SetClause | 'all' | undefined): Promise<Clause> => ({
    when: when === undefined ? undefined : await parseExpression(connection, when, 'condition'),
    text: when,
    values: set === undefined ? undefined : await clauseValues(connection, set, shape, source, evolve),
  })
  const plan: MergePlan = {
    matched: await Promise.all([
      ...matched.map((given) => clause(given.when, 'update' in given ? given.update : undefined)),
      ...(updateAll === true ? [clause(undefined, 'all')] : []),
    ]),
    bySource: await Promise.all(notMatchedBySource.map((given) => clause(given.when, 'update' in given ? given.update : undefined))),
    inserts: await Promise.all([
      ...notMatched.map(({ when, insert }) => clause(when, insert)),
      ...(insertAll === true ? [clause(undefined, 'all')] : []),
    ]),
  }
  const all = [plan.matched, plan.bySource, plan.inserts]
  if (all.every(({ length }) => length === 0)) throw invalid('The merge has no clause.', 'Add a clause for matched or for unmatched rows.')
  for (const clauses of all)
    if (clauses.slice(0, -1).some(({ when }) => when === undefined))
      throw invalid(
        'A clause without a condition stands before another clause, which would never apply.',
        'Put the clause without a condition last.',
      )
  return plan
}

async function clauseValues(
  connection: DuckDBConnection,
  set: SetClause | 'all',
  shape: TableShape,
  source: MergeSource,
  evolve: boolean,
): Promise<ClauseValues> {
  if (set === 'all') {
    const known = new Map(shape.schema.fields.map(({ name }) => [name.toLowerCase(), name]))
    const taken = source.columns.filter(({ name }) => evolve || known.has(name.toLowerCase()))
    const sql = new Map(taken.map(({ name }) => [known.get(name.toLowerCase()) ?? name, `source.${quoteIdentifier(name)}`]))
    return { sql, ofTarget: false }
  }
  const values = await valuesOf(connection, set, shape.schema, evolve)
  return {
    sql: new Map([...values].map(([name, { sql }]) => [name, sql])),
    ofTarget: [...values.values()].some(({ references }) => references.some((names) => sideOf(names, shape, source) !== 'source')),
  }
}

/** Does the merge only delete its matched rows, without a condition? Then several rows of the source may match one row of the table. */
export function onlyDeletes({ matched }: MergePlan): boolean {
  const [only] = matched
  return matched.length === 1 && only?.values === undefined && only?.when === undefined
}

/**
 * The pairs of a row of the table and a row of the source that match, with the number of the clause that applies. With clauses for rows
 * that match nothing in the source, also the rows of the table to which one of these applies. The source is usually the smaller side, and
 * `meets` and a left join make DuckDB hash it. `targetRows` shows when it is not.
 */
export function pairsOf(
  { matched, bySource, inserts }: MergePlan,
  scan: string,
  source: MergeSource,
  { on, meets }: { readonly on: Expression; readonly meets: string | undefined },
  targetRows: number | undefined,
): string {
  const both = firstOf(matched, 0)
  const clause = bySource.length === 0 ? both : `CASE WHEN source.rowid IS NULL THEN ${firstOf(bySource, matched.length)} ELSE ${both} END`
  const isSmaller = bySource.length === 0 && targetRows !== undefined && targetRows < source.rows
  const target = meets === undefined || isSmaller ? scan : `SELECT * FROM (${scan}) AS target WHERE ${meets}`
  const pairs = `SELECT target.${position.file}, target.${position.row}, source.rowid AS "$source", ${clause} AS "$clause"
    FROM (${target}) AS target ${isSmaller ? 'JOIN' : 'LEFT JOIN'} ${source.table} AS source ON ${on.sql}`
  const acting = inserts.length > 0 ? '("$source" IS NOT NULL OR "$clause" IS NOT NULL)' : '"$clause" IS NOT NULL'
  return `SELECT * FROM (${pairs}) WHERE ${bySource.length > 0 ? acting : `"$source" IS NOT NULL AND ${acting}`}`
}

/** The number of the first clause that applies; NULL when none does. */
function firstOf(clauses: readonly Clause[], from: number): string {
  if (clauses.length === 0) return 'NULL::INTEGER'
  return `CASE ${clauses.map(({ when }, index) => `WHEN ${when?.sql ?? 'true'} THEN ${from + index}`).join(' ')} END`
}

/** The changed rows of the table, each once, in the form of `RemovedRows`. */
export function rowsOf(plan: MergePlan, pairs: string): string {
  const deletes = [...plan.matched, ...plan.bySource].flatMap(({ values }, index) => (values === undefined ? [index] : []))
  const change =
    deletes.length === 0 ? `'update_preimage'` : `CASE WHEN "$clause" IN (${deletes.join(', ')}) THEN 'delete' ELSE 'update_preimage' END`
  const distinct = onlyDeletes(plan) ? 'DISTINCT ' : ''
  return `(SELECT ${distinct}${position.file}, ${position.row}, "$clause", ${change} AS ${position.change} FROM ${pairs} WHERE "$clause" IS NOT NULL)`
}

interface Matches {
  /** A scan of the touched files. */
  readonly scan: string
  readonly pairs: string
  readonly source: MergeSource
  readonly shape: TableShape
}

/** The updated rows after the merge. When nothing of the old row remains, the table is not read. */
export function updatesOf({ matched, bySource }: MergePlan, { scan, pairs, source, shape }: Matches): Coming[] {
  return [...matched, ...bySource].flatMap(({ values }, index): Coming[] => {
    if (values === undefined) return []
    const columns = columnsOf(values, shape)
    const ofSource = index < matched.length
    const target = `(SELECT target.*, pair."$source" FROM (${scan}) AS target ${joinAtPositions(pairs, 'pair', ` AND pair."$clause" = ${index}`)}) AS target`
    const both = ofSource ? `FROM ${target} JOIN ${source.table} AS source ON source.rowid = target."$source"` : `FROM ${target}`
    const isNew = ofSource && !values.ofTarget && shape.schema.fields.every(({ name }) => values.sql.has(name))
    const fromSource = `FROM ${pairs} AS pair JOIN ${source.table} AS source ON source.rowid = pair."$source" WHERE pair."$clause" = ${index}`
    return [{ columns, from: isNew ? fromSource : both, bind: both, change: 'update_postimage' }]
  })
}

function columnsOf({ sql }: ClauseValues, { schema }: TableShape): Coming['columns'] {
  const known = new Set(schema.fields.map(({ name }) => name))
  return [
    ...schema.fields.map(({ name }) => [name, sql.get(name) ?? `target.${quoteIdentifier(name)}`] as const),
    ...[...sql].filter(([name]) => !known.has(name)),
  ]
}

/** The rows of the source that match no row of the table, with the values of the first insert clause that applies. */
export function insertsOf({ inserts }: MergePlan, pairs: string, { table }: MergeSource): Coming[] {
  return inserts.map(({ values }, index) => ({
    columns: [...(values?.sql ?? [])],
    from: `FROM ${table} AS source ANTI JOIN ${pairs} AS pair ON pair."$source" = source.rowid WHERE ${firstOf(inserts, 0)} = ${index}`,
    change: 'insert',
  }))
}

function invalid(message: string, next: string): DeltaError {
  return new DeltaError('expression.invalid', message, next)
}
