import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyDataset, type DatabaseConnection, type Logger, type Pull, type SqlSource, soundKeyOf, supersededMs } from '@sluice/author'
import { type BatchWrite, bugErrors, given, type Json, type SinkReceipt, type SluiceError } from '@sluice/core'
import { interruptible, quoteIdentifier } from '@sluice/duckdb'
import { type BatchRows, type Lake, lakeErrors } from '@sluice/lake'
import { sourceErrors } from '@sluice/sources'
import { type CopiedRows, type DatabaseColumn, databases } from '@sluice/sources/sql'
import { judge } from '../rows/judge.ts'
import { planRows } from '../rows/plan.ts'
import { type ColumnMap, inWords, mapColumns, refusedBy } from './columns.ts'
import { sliceFrom } from './slice.ts'

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

async function pullOnce({ pull, write, database, lake, log, signal }: PullRowsOptions): Promise<SinkReceipt> {
  const { from, into } = pull
  using batch = await lake.batch(write)
  if (batch.receipt !== undefined) return batch.receipt
  const workFolder = await mkdtemp(join(tmpdir(), 'sluice-rows-'))
  try {
    // Behind the version of the table that the batch follows: what comes later makes it read again.
    const slice =
      from.mode === 'full' ? { seen: null } : sliceFrom(await lake.receipts(into.name), { source: from.name, batch: write.batch })
    const { copy } = await databases[database.type]()
    let map: ColumnMap | undefined
    const choose = (columns: readonly DatabaseColumn[]): readonly string[] => {
      map = mapped(pull, columns)
      return [...new Set(map.from.values())]
    }
    const copied = await copy(database, { source: from, ...slice, choose }, { workFolder, ...given({ signal }) })
    if (map === undefined) throw bugErrors.unreachable(`${from.name}: rows came before their columns`, { next: 'Please report this.' })
    const { drift } = map
    for (const event of drift) log.warn(`${from.name}: ${inWords(event)}`, { ...event })
    log.info(`read ${copied.count} rows of ${from.name}${copied.since === null ? '' : ` from ${copied.since} on`}`, {
      since: copied.since,
      greatest: copied.greatest,
    })
    return await interruptible(batch.connection, signal, async () => {
      const query = queryOf(pull, map?.from ?? new Map(), copied)
      const output = Object.keys(into.columns).map((name) => ({ name, type: 'VARCHAR' }))
      const plan = planRows({ into, query, output, ofEqual: 'last' })
      const receipt = await batch.finish({
        columns: into.columns,
        mode: modeOf(pull),
        asOf: Math.max(write.logicalTime, batch.newest?.asOf ?? write.logicalTime),
        slice: {
          source: from.name,
          since: copied.since,
          greatest: copied.greatest,
          ...(drift.length === 0 ? {} : { drift: drift as unknown as readonly Json[] }),
        },
        ...given({ hopeful: plan.hopeful, soundKey: soundKeyOf(into), atMost: atMostOf(into) }),
        judge: () => judge(batch.connection, plan),
      })
      if (!receipt.replayed && receipt.rowsIn !== copied.count) throw lostRows(from.name, copied.count, receipt.rowsIn)
      return receipt
    })
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
}

const atMostOf = ({ facts }: AnyDataset) => (facts.quarantine?.fail === undefined ? undefined : { share: facts.quarantine.fail })

function modeOf({ from, into: { key, facts } }: PullRowsOptions['pull']): BatchRows['mode'] {
  return from.mode === 'full' ? 'overwrite' : { key, order: facts.order, supersededMs: supersededMs(facts) }
}

function mapped({ from, into, columns }: PullRowsOptions['pull'], found: readonly DatabaseColumn[]): ColumnMap {
  const map = mapColumns({
    file: found.map(({ name }) => name),
    columns: into.columns,
    key: into.key,
    declared: columns,
    policies: from.drift,
    fits: () => false,
  })
  if (map.fault !== undefined) {
    throw sourceErrors.sql(`${from.name}: ${map.fault}`, {
      facts: { source: from.name },
      next: "Say which one is meant: columns: { <column>: '<name in the source>' } of the pull.",
    })
  }
  const refused = refusedBy(map.drift)
  if (refused.length === 0) return map
  throw sourceErrors.sql(`${from.name}: ${refused.map(inWords).join(', ')}, which the source refuses`, {
    facts: { source: from.name, drift: refused as unknown as Json },
    next: 'Declare the columns as they are now, name them under columns of the pull, or let the source take such rows: drift.',
  })
}

/** SELECT of the copied rows under the names of the dataset. */
function queryOf({ into }: PullRowsOptions['pull'], from: ColumnMap['from'], { rows }: CopiedRows): string {
  const columns = Object.keys(into.columns).map((column) => {
    const of = from.get(column)
    return `${of === undefined ? 'CAST(NULL AS VARCHAR)' : quoteIdentifier(of)} AS ${quoteIdentifier(column)}`
  })
  return `SELECT ${columns.join(', ')} FROM (${rows})`
}

const lostRows = (source: string, copied: number, judged: number): SluiceError =>
  bugErrors.unreachable(`${source}: the database gave ${copied} rows, and ${judged} were read of them`, {
    facts: { source, copied, judged },
    next: 'Please report this with the types of the columns of the source.',
  })
