import { type AnyDataset, type DatabaseConnection, type Logger, type Pull, type SqlSource, soundKeyOf, supersededMs } from '@sluice/author'
import { type BatchWrite, bugErrors, given, type Json, type SinkReceipt, type SliceFact, type SluiceError } from '@sluice/core'
import { type DuckConnection, interruptible, quoteIdentifier } from '@sluice/duckdb'
import { type BatchRows, type Lake, lakeErrors } from '@sluice/lake'
import { sourceErrors } from '@sluice/sources'
import { type CopiedRows, type DatabaseColumn, databases } from '@sluice/sources/sql'
import { judge } from '../rows/judge.ts'
import { planRows, type RowsPlan } from '../rows/plan.ts'
import { type ColumnMap, type ColumnsMet, type DriftEvent, inWords, mapColumns, refusedBy } from './columns.ts'
import { namesInTable } from './names-in-table.ts'
import { withAdded } from './open-file.ts'
import { retypedIn } from './retyped.ts'
import { refuseRowsOfOthers } from './rows-of-others.ts'
import { filledBefore, sliceFrom } from './slice.ts'
import { inWorkFolder } from './work-folder.ts'

export interface PullRowsOptions {
  readonly pull: Pick<Pull, 'name' | 'into' | 'columns'> & { readonly from: SqlSource }
  readonly write: BatchWrite
  readonly database: DatabaseConnection
  readonly lake: Lake
  readonly log: Logger
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes rows of a database as one batch. A full source: the dataset is then what the database held in one moment, so that rows which are
 * gone there go. An incremental one: under each key the row that was read last stands, of those equally new by the dataset's order. Where
 * another write comes between reading and writing, it reads again: of two pulls the one that writes last has also read last.
 */
export async function pullRows(options: PullRowsOptions): Promise<SinkReceipt> {
  for (let round = 1; ; round++) {
    try {
      return await pullOnce(options)
    } catch (thrown) {
      if (!lakeErrors.outdated.is(thrown) || round === mostRounds) throw thrown
    }
  }
}

/** Each round that another write of the dataset made old is that one's progress. */
const mostRounds = 10

const pullOnce = async (options: PullRowsOptions): Promise<SinkReceipt> => await inWorkFolder((workFolder) => pullInto(workFolder, options))

async function pullInto(workFolder: string, { pull, write, database, lake, log, signal }: PullRowsOptions): Promise<SinkReceipt> {
  const { from, into } = pull
  using batch = await lake.batch(write)
  if (batch.receipt !== undefined) return batch.receipt
  // Behind the version of the table that the batch follows: what comes later makes it read again.
  const receipts = await lake.receipts(into.name)
  if (from.mode === 'full') refuseRowsOfOthers(receipts, { source: from.name, dataset: into.id })
  const slice = from.mode === 'full' ? { seen: null } : sliceFrom(receipts, { source: from.name, batch: write.batch })
  const { copy } = await databases[database.type]()
  const names = await namesInTable({ lake, pull })
  let met: ColumnMap | undefined
  let chosen: readonly string[] = []
  let filledBy: SliceFact['filledBy']
  const choose = (columns: readonly DatabaseColumn[]): readonly string[] => {
    met = mapped(pull, columns, { names, filled: filledBefore(receipts, from.name) })
    filledBy = idsOf(met, columns)
    chosen = [...new Set([...met.from.values(), ...met.added.values()])]
    return chosen
  }
  const copied = await copy(database, { source: from, ...slice, choose }, { workFolder, ...given({ signal }) })
  const map = met as ColumnMap | undefined
  if (map === undefined) throw bugErrors.unreachable(`${from.name}: rows came before their columns`, { next: 'Please report this.' })
  const { drift } = map
  const table = withAdded(into, map.added.keys())
  for (const event of drift) log.warn(`${from.name}: ${inWords(event)}`, { ...event })
  log.info(`read ${copied.count} rows of ${from.name}${copied.since === null ? '' : ` from ${copied.since} on`}`, {
    since: copied.since,
    greatest: copied.greatest,
  })
  return await interruptible(batch.connection, signal, async () => {
    const output = Object.keys(table.columns).map((name) => ({ name, type: 'VARCHAR' }))
    const plan = planRows({ into: table, query: queryOf(table, map, chosen, copied), output, ofEqual: 'last' })
    const sliceWith = (events: readonly DriftEvent[]): SliceFact => ({
      source: from.name,
      since: copied.since,
      greatest: copied.greatest,
      ...given({ filledBy }),
      ...(events.length === 0 ? {} : { drift: events as unknown as readonly Json[] }),
    })
    const receipt = await batch.finish({
      columns: table.columns,
      mode: modeOf(pull),
      asOf: Math.max(write.logicalTime, batch.newest?.asOf ?? write.logicalTime),
      slice: sliceWith(drift),
      ...given({ hopeful: plan.hopeful, soundKey: soundKeyOf(into), atMost: atMostOf(into) }),
      judge: async () => {
        const judged = await judge(batch.connection, plan)
        const retyped = await retypedAmong(batch.connection, plan, pull, judged.counts.rowsQuarantined)
        for (const event of retyped) log.warn(`${from.name}: ${inWords(event)}`, { ...event })
        return { ...judged, slice: sliceWith([...drift, ...retyped]) }
      },
    })
    if (!receipt.replayed && receipt.rowsIn !== copied.count) throw lostRows(from.name, copied.count, receipt.rowsIn)
    return receipt
  })
}

const atMostOf = ({ facts }: AnyDataset) => (facts.quarantine?.fail === undefined ? undefined : { share: facts.quarantine.fail })

function modeOf({ from, into: { key, facts } }: PullRowsOptions['pull']): BatchRows['mode'] {
  return from.mode === 'full' ? 'overwrite' : { key, order: facts.order, supersededMs: supersededMs(facts) }
}

/** Column of the dataset -> what the database knows the one by that fills it. */
function idsOf({ from }: ColumnMap, found: readonly DatabaseColumn[]): SliceFact['filledBy'] {
  const ids = new Map(found.flatMap(({ name, id }) => (id === undefined ? [] : [[name, id]])))
  const filled = [...from].flatMap(([column, name]) => (ids.has(name) ? [[column, ids.get(name) ?? '']] : []))
  return filled.length === 0 ? undefined : (Object.fromEntries(filled) as Readonly<Record<string, string>>)
}

/** By what the database knows columns by, where that of before and that of now are one table: one that was made anew has others. */
function nowOf(filled: SliceFact['filledBy'], found: readonly DatabaseColumn[]): NonNullable<ColumnsMet['before']> {
  const tables = new Set(found.map(({ id }) => id?.split('.')[0]))
  return (column) => {
    const id = filled?.[column]
    if (id === undefined || !tables.has(id.split('.')[0])) return undefined
    return found.find((each) => each.id === id)?.name ?? null
  }
}

function mapped(
  { from, into, columns }: PullRowsOptions['pull'],
  found: readonly DatabaseColumn[],
  { names, filled }: { readonly names: ReadonlyMap<string, string>; readonly filled: SliceFact['filledBy'] },
): ColumnMap {
  const map = mapColumns({
    file: found.map(({ name }) => name),
    columns: into.columns,
    key: into.key,
    declared: columns,
    policies: from.drift,
    fits: () => false,
    before: nowOf(filled, found),
    added: names,
  })
  if (map.fault !== undefined) {
    throw sourceErrors.sql(`${from.name}: ${map.fault}`, {
      facts: { source: from.name },
      next: "Say which one is meant: columns: { <column>: '<name in the source>' } of the pull.",
    })
  }
  refuseTakenNames(from, into, [...map.added.keys()])
  refuseDrift(from, map.drift)
  return map
}

/** @throws `source.sql` where the policies of the source refuse one of the events */
function refuseDrift(from: SqlSource, events: readonly DriftEvent[]): void {
  const refused = refusedBy(events)
  if (refused.length === 0) return
  throw sourceErrors.sql(`${from.name}: ${refused.map(inWords).join(', ')}, which the source refuses`, {
    facts: { source: from.name, drift: refused as unknown as Json },
    next: 'Declare the columns as they are now, name them under columns of the pull, or let the source take such rows: drift.',
  })
}

/** To the lake names that differ in case are one, and some are its own. */
function refuseTakenNames(from: SqlSource, into: AnyDataset, added: readonly string[]): void {
  const known = [...Object.keys(into.columns), '_batch']
  const taken = added.find((name, at) => [...known, ...added.slice(0, at)].some((other) => other.toLowerCase() === name.toLowerCase()))
  if (taken === undefined) return
  throw sourceErrors.sql(`${from.name}: the column "${taken}" cannot be added to ${into.id}, which has one of that name but for its case`, {
    facts: { source: from.name, column: taken },
    next: "Read a query that names it otherwise or leaves it out, or let the source ignore new columns: drift: { new: 'ignore' }.",
  })
}

async function retypedAmong(
  connection: DuckConnection,
  plan: RowsPlan,
  { from, into }: PullRowsOptions['pull'],
  broken: number,
): Promise<readonly DriftEvent[]> {
  const found = await retypedIn(connection, plan, into, { broken: broken > 0, policy: from.drift.retyped })
  const events = [...found.values()].flat()
  refuseDrift(from, events)
  return events
}

/** SELECT of the copied rows, whose columns are those chosen in their order, under the names of the table. */
function queryOf({ columns }: AnyDataset, { from, added }: ColumnMap, chosen: readonly string[], { rows }: CopiedRows): string {
  const values = Object.keys(columns).map((column) => {
    const of = from.get(column) ?? added.get(column)
    return `${of === undefined ? 'CAST(NULL AS VARCHAR)' : `c${chosen.indexOf(of)}`} AS ${quoteIdentifier(column)}`
  })
  const places = chosen.length === 0 ? '' : `(${chosen.map((_, at) => `c${at}`).join(', ')})`
  return `SELECT ${values.join(', ')} FROM (${rows}) AS copied${places}`
}

const lostRows = (source: string, copied: number, judged: number): SluiceError =>
  bugErrors.unreachable(`${source}: the database gave ${copied} rows, and ${judged} were read of them`, {
    facts: { source, copied, judged },
    next: 'Please report this with the types of the columns of the source.',
  })
