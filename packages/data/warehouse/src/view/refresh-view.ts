import type { AnyDataset } from '@sluice/author'
import { type BatchWrite, isSluiceError, qualityErrors, type Receipt, type SluiceError } from '@sluice/core'
import { type Connection, type Pool, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { createViewSql } from '../ddl/create-view.ts'
import { quoteTable } from '../ddl/names.ts'
import { type DependentView, dependentsOf, lookAtView } from '../drift/live-view.ts'
import { lockViews, makeView, makeViewAgain } from '../drift/make-view.ts'
import { toWarehouseFault } from '../fault.ts'
import { cancelledBy } from '../load/cancel.ts'
import { runHooks } from '../load/hooks.ts'
import { openBatch } from '../load/open-batch.ts'
import type { WholeReads } from '../load/order.ts'
import { columnsOf, columnsToFill } from '../load/query-source.ts'
import { writeReceipt } from '../load/receipts.ts'
import type { LoadRequest } from '../load/request.ts'
import { refuseVolatile } from '../load/volatile.ts'
import { planView, type ViewPlan } from './plan.ts'

export interface ViewRequest extends WholeReads {
  readonly write: BatchWrite
  /** Declared as a view, of either kind. */
  readonly view: AnyDataset
  /** Without parameters. */
  readonly query: string
  readonly hooks?: LoadRequest['hooks']
  readonly signal?: AbortSignal
}

/**
 * Brings a view to what its model says, in one transaction with its receipt: it is made, or made anew with the views that read it where its
 * SQL, its columns or somebody by hand have changed it; a materialized view is refreshed, beside its readers where it has a key. A second
 * call for the same batch and generation is answered with the first receipt. @throws `definition.invalid` for SQL that does not run or
 * gives other columns; `warehouse.failed` for a relation that no model has made; `quality.failed` where rows of a materialized view share
 * a key or lack a value: it stays as it was
 */
export async function refreshView(pool: Pool, request: ViewRequest): Promise<Receipt> {
  const act = (changes: boolean): Promise<Receipt> =>
    pool.transaction(
      async (tx) => {
        await using session = cancelledBy(request.signal, tx)
        return await inTransaction(session.connection, request, changes)
      },
      { retry: { attempts: 5, ...(request.signal === undefined ? {} : { signal: request.signal }) } },
    )
  try {
    return await act(false).catch((thrown: unknown) => {
      if (thrown instanceof MustChange) return act(true)
      throw thrown
    })
  } catch (thrown) {
    request.signal?.throwIfAborted()
    throw toWarehouseFault(thrown)
  }
}

/** Ends a transaction that would have to take the lock of all views, which it shares. */
class MustChange extends Error {}

const lockView = 'select pg_advisory_xact_lock(hashtextextended($1, 0))'

async function inTransaction(tx: Connection, request: ViewRequest, changes: boolean): Promise<Receipt> {
  const { view, write, query } = request
  const opened = await openBatch(tx, write, request)
  if (opened.receipt !== undefined) return opened.receipt
  await tx.query(lockViews(changes))
  await tx.query(lockView, [`sluice view ${view.name}`])
  await runHooks(tx, request.hooks?.before ?? [], 'before')
  const source = { text: query, params: [] }
  await refuseVolatile(tx, view, source, columnsToFill(view, await columnsOf(tx, view, source)))
  const statements = createViewSql(view, query)
  const kind = view.facts.as ?? 'view'
  const live = await lookAtView(tx, view.name)
  const plan = planView({
    name: view.name,
    kind,
    statements,
    live,
    dependents: live === undefined ? [] : await dependentsOf(tx, view.name),
  })
  if (plan.do !== 'keep' && !changes) throw new MustChange()
  const rows = await carryOut(tx, request, plan, statements, live?.kind).catch((thrown: unknown) => {
    throw ofKey(view, thrown) ?? thrown
  })
  const receipt = await writeReceipt(tx, write, {
    id: opened.id,
    order: { asOf: opened.asOf, turn: opened.id },
    mode: 'view',
    counts: { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, bytes: 0, reason: reasonOf(kind, plan) },
  })
  await runHooks(tx, request.hooks?.after ?? [], 'after')
  return receipt
}

const reasonOf = (kind: string, plan: ViewPlan): string =>
  plan.do === 'keep' ? (kind === 'view' ? 'the view is what it was' : 'the materialized view was refreshed') : plan.why

/** The rows of a materialized view; 0 of a view, which has none of its own. */
async function carryOut(
  tx: Connection,
  { view, write }: ViewRequest,
  plan: ViewPlan,
  statements: readonly string[],
  kind: string | undefined,
): Promise<number> {
  const isKept = view.facts.as === 'materialized view'
  if (plan.do === 'keep') {
    if (isKept) await tx.query(`refresh materialized view ${view.key.length > 0 ? 'concurrently ' : ''}${quoteTable(view.name)}`)
    return isKept ? await countRows(tx, view) : 0
  }
  const dependents = plan.do === 'replace' ? plan.dependents : []
  // Who reads a view locks it before what it reads: in this order nobody waits for the other.
  for (const each of dependents.toReversed()) await tx.query(`drop ${each.kind} ${quoteTable(each.name)}`)
  if (plan.do === 'replace') await tx.query(`drop ${kind ?? 'view'} ${quoteTable(view.name)}`)
  await makeView(tx, { name: view.name, dataset: write.dataset, statements })
  for (const each of dependents) await makeAgain(tx, view, each)
  return isKept ? await countRows(tx, view) : 0
}

async function makeAgain(tx: Connection, view: AnyDataset, { name, statements }: DependentView): Promise<void> {
  try {
    await makeViewAgain(tx, { name, statements })
  } catch (thrown) {
    if (!isSluiceError(thrown) || !/^42/.test(String(thrown.facts.sqlstate))) throw thrown
    throw thrown.with({
      next: `${name} reads ${view.name} and does not go with what it would become. Change the model of ${name} and run it first: sluice models run ${name}.`,
    })
  }
}

/** Counts, and holds the view to what its columns promise. @throws `quality.failed` */
async function countRows(tx: Connection, view: AnyDataset): Promise<number> {
  const required = Object.entries(view.columns).filter(([name, { notNull }]) => notNull || view.key.includes(name))
  const listed = Object.entries(view.columns).filter(([, { oneOf }]) => oneOf !== undefined)
  const broken = [
    ...required.map(([name]) => ({ rule: `required(${name})`, where: `${quoteIdentifier(name)} is null` })),
    ...listed.map(([name, { oneOf = [] }]) => ({
      rule: `oneOf(${name})`,
      where: `${quoteIdentifier(name)} not in (${oneOf.map(quoteLiteral).join(', ')})`,
    })),
  ]
  const counts = broken.map(({ where }, at) => `count(*) filter (where ${where})::integer as b${at}`)
  const [row = { rows: 0 }] = await tx.query<{ readonly rows: number } & Readonly<Record<string, number>>>(
    `select ${['count(*)::bigint as rows', ...counts].join(', ')} from ${quoteTable(view.name)}`,
  )
  const rules = broken.flatMap(({ rule }, at) => (row[`b${at}`] === 0 ? [] : [{ rule, rows: row[`b${at}`] ?? 0 }]))
  if (rules.length === 0) return row.rows
  throw qualityErrors.failed(
    `${view.name} would hold rows that its columns do not allow: ${rules.map(({ rule, rows }) => `${rule}: ${rows}`).join(', ')}`,
    {
      facts: { dataset: view.id, rules },
      next: 'It stays as it was. Leave such rows out in the query, or let the columns be null.',
    },
  )
}

/** Two rows of a materialized view under one key. */
function ofKey(view: AnyDataset, thrown: unknown): SluiceError | undefined {
  if (!isSluiceError(thrown) || !['23505', '21000'].includes(String(thrown.facts.sqlstate))) return undefined
  return qualityErrors.failed(`${view.name} would hold several rows under one key: ${thrown.message}`, {
    cause: thrown,
    facts: { dataset: view.id, ...thrown.facts },
    next: 'It stays as it was. Let the query give one row for each key, or declare another key.',
  })
}
