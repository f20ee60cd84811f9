import { stat } from 'node:fs/promises'
import { type Connection, copyIn, postgresType, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { loadColumn, quoteColumns, quoteTable } from '../ddl/names.ts'
import { unchecked } from './insert-unchecked.ts'
import { judgeLook } from './judge-look.ts'
import { Look, lookThrough } from './look.ts'
import { NotStraight } from './not-straight.ts'
import { isPlain, type LoadPlan, type StagedColumn, wholeRoad } from './plan.ts'
import type { LoadRequest } from './request.ts'
import { planOf, planRoute, type Route, type RouteFacts } from './route.ts'
import { type HeldBack, splitRecords } from './split-records.ts'
import { lineColumn, loadStatements, stage } from './statements.ts'
import { tableFacts } from './table-facts.ts'

/** A file whose rows may go straight into the table, and what was seen in it. */
export interface Straight {
  readonly path: string
  readonly facts: RouteFacts
  readonly looks: readonly Look[]
  readonly rows: number
  readonly bytes: number
}

/** Chooses the route, and reads the file once where texts are to be looked at. The route is not sure before `judged`. */
export async function openStraight(
  tx: Connection,
  plan: LoadPlan,
  { source, rowsIn, write, signal }: LoadRequest,
  largeFrom: number,
): Promise<Straight | Extract<Route, { way: 'staged' }>> {
  if (typeof source !== 'string') return refusal(planRoute(plan, { source: isStream(source) ? 'stream' : 'query', rows: 0, largeFrom }))
  const bytes = (await stat(source)).size
  const known: RouteFacts = { source: 'file', rows: rowsIn ?? Math.floor(bytes / guessedRowBytes), largeFrom }
  const possible = planRoute(plan, known)
  if (possible.way === 'staged') return possible
  const facts = { ...known, table: await tableFacts(tx, plan, write.dataset) }
  const route = planRoute(plan, facts)
  if (route.way === 'staged') return route
  const looks = route.looks.map((columns) => new Look(plan, columns, mostLookedAt / route.looks.length))
  try {
    const rows = looks.length === 0 ? facts.rows : await lookThrough(source, looks, signal)
    return { path: source, facts, looks, rows, bytes }
  } catch (thrown) {
    if (thrown instanceof NotStraight) return { way: 'staged', why: thrown.message }
    throw thrown
  }
}

const guessedRowBytes = 100
/** Bytes of different texts in memory. */
const mostLookedAt = 64 * 1024 * 1024

const isStream = (source: object): boolean => Symbol.asyncIterator in source

const refusal = (route: Route): Extract<Route, { way: 'staged' }> => ({ way: 'staged', why: route.why })

/**
 * The route for good: the table as it stands under the locks of the load, and each text that was found.
 * @throws NotStraight
 */
export async function judged(
  tx: Connection,
  plan: LoadPlan,
  { facts, looks, rows, bytes }: Straight,
  dataset: string,
): Promise<{ readonly route: Route; readonly limit: string | undefined }> {
  const table = await tableFacts(tx, plan, dataset)
  const tooMany = looks.filter(({ cells }) => cells.isFull).map(({ columns }) => columns.join(' and '))
  const found = { rows, bytes, tooMany, readOtherwise: [], heldBack: 0 }
  refuse(planRoute(plan, { ...facts, table, found }))
  const readOtherwise: string[] = []
  for (const look of looks) readOtherwise.push(...(await judgeLook(tx, plan, look)))
  const heldBack = looks.reduce((sum, look) => sum + look.refusedRows, 0)
  const route = planRoute(plan, { ...facts, table, found: { ...found, readOtherwise, heldBack } })
  refuse(route)
  return { route, limit: table.limit }
}

function refuse(route: Route): void {
  if (route.way === 'staged') throw new NotStraight(route.why)
}

export interface Copied {
  /** Records of the file. */
  readonly rows: number
  readonly bytes: number
  readonly written: number
  /** Rows that are in staging, where each breaks a rule or is kept no longer. */
  readonly heldBack: number
}

/** Writes the rows into the table and those held back into staging. @throws NotStraight, or what the server refuses */
export async function copyStraight(
  tx: Connection,
  plan: LoadPlan,
  { path, looks }: Straight,
  { id, limit, signal }: { readonly id: number; readonly limit: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<Copied> {
  const split = splitRecords(path, looks, () => id, signal)
  const copy = (): Promise<number> => copyIn(tx, copyIntoTable(plan, limit), split.pieces)
  const written = plan.references.length > 0 ? await unchecked(tx, copy) : await copy()
  const [rows, filtered] = [split.rows(), split.rows() - split.heldBack.length - written]
  if (filtered < 0) throw new NotStraight('the server counts more rows than there are')
  if (split.heldBack.length + filtered > 0) await tx.query(loadStatements(plan).createStaging)
  if (split.heldBack.length > 0) await copyIn(tx, copyIntoStaging(plan), linesOf(split.heldBack))
  if (filtered > 0) {
    const again = splitRecords(path, looks, (line) => line, signal)
    const found = await copyIn(
      tx,
      `${copyIntoStaging(plan)} where (${keeps(plan, limit, ({ staged }) => staged)}) is not true`,
      again.pieces,
    )
    if (found !== filtered) throw new NotStraight('the table takes other rows than it is given')
  }
  return { rows, bytes: split.bytes(), written, heldBack: split.heldBack.length + filtered }
}

function* linesOf(held: readonly HeldBack[]): Generator<Buffer> {
  for (const { line, text } of held) yield Buffer.concat([text, Buffer.from(`,${line}\n`)])
}

function copyIntoTable(plan: LoadPlan, limit: string | undefined): string {
  const condition = keeps(plan, limit, ({ name }) => quoteIdentifier(name))
  return `copy ${quoteTable(plan.table.name)} (${quoteColumns([...plan.columns.map(({ name }) => name), loadColumn])})
    from stdin with (format csv, null '', encoding 'UTF8')${condition === 'true' ? '' : ` where ${condition}`}`
}

const copyIntoStaging = ({ columns }: LoadPlan): string =>
  `copy ${stage} (${[...columns.map(({ staged }) => staged), lineColumn].join(', ')}) from stdin with (format csv, null '', encoding 'UTF8')`

/**
 * SQL over one row, true or false: no rule of a plain column is broken, and the row is not too old. That a required value is there the
 * table itself knows.
 */
function keeps(plan: LoadPlan, limit: string | undefined, nameOf: (column: StagedColumn) => string): string {
  const part = planOf(plan, isPlain)
  const columns = part.columns.map((column) => ({ ...column, staged: nameOf(column), required: false }))
  const { firstBroken } = wholeRoad({ ...part, columns }).judgement
  const order = columns.find(({ name }) => name === plan.table.facts.order)
  return (
    [
      ...(firstBroken === undefined ? [] : [`(${firstBroken}) is null`]),
      ...(limit === undefined || order === undefined
        ? []
        : [`(${order.staged} < ${quoteLiteral(limit)}::${postgresType(order.column.type)}) is not true`]),
    ].join(' and ') || 'true'
  )
}
