import { type AnyDataset, type DatabaseConnection, type Logger, soundKeyOf } from '@sluice/author'
import { type BatchWrite, bugErrors, given, type Json, type SinkReceipt, type SliceFact, type SluiceError } from '@sluice/core'
import { type DuckConnection, interruptible } from '@sluice/duckdb'
import { type BatchRows, byKeyOf, type Lake, lakeErrors } from '@sluice/lake'
import { judge } from '../rows/judge.ts'
import type { RowsPlan } from '../rows/plan.ts'
import { type DriftEvent, inWords } from './columns.ts'
import { copyRows } from './copy-rows.ts'
import { type PulledRows, refusedDrift } from './map-rows.ts'
import { retypedIn } from './retyped.ts'
import { refuseRowsOfOthers } from './rows-of-others.ts'
import { sliceFrom } from './slice.ts'
import { inWorkFolder } from './work-folder.ts'

export interface PullRowsOptions {
  readonly pull: PulledRows
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
  const read = await copyRows({ pull, database, lake, receipts, ...slice, workFolder, signal })
  if ('fault' in read) throw read.fault
  const { copied, map, filledBy, table, plan } = read
  const { drift } = map
  for (const event of drift) log.warn(`${from.name}: ${inWords(event)}`, { ...event })
  log.info(`read ${copied.count} rows of ${from.name}${copied.since === null ? '' : ` from ${copied.since} on`}`, {
    since: copied.since,
    greatest: copied.greatest,
  })
  if (copied.ahead !== undefined) {
    const { rows, greatest } = copied.ahead
    const what = `${from.name}: ${rows} ${rows === 1 ? 'row says' : 'rows say'} ${from.incremental?.column} up to ${greatest}`
    log.warn(`${what}, too far ahead: the next pull does not begin there`, { event: 'ahead', rows, greatest })
  }
  if (copied.behind !== undefined) {
    const { behind, greatest } = copied
    const what = `${from.name}: the greatest ${from.incremental?.column} there is ${behind}, and pulls have seen ${greatest}`
    log.warn(`${what}: what changes below that is not asked for. Was the database restored, or its clock set back?`, {
      ...{ event: 'behind', is: behind, seen: greatest },
    })
  }
  return await interruptible(batch.connection, signal, async () => {
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

function modeOf({ from, into }: PulledRows): BatchRows['mode'] {
  return from.mode === 'full' ? 'overwrite' : byKeyOf(into)
}

async function retypedAmong(
  connection: DuckConnection,
  plan: RowsPlan,
  { from, into }: PulledRows,
  broken: number,
): Promise<readonly DriftEvent[]> {
  const found = await retypedIn(connection, plan, into, { broken: broken > 0, policy: from.drift.retyped })
  const events = [...found.values()].flat()
  const fault = refusedDrift(from, events)
  if (fault !== undefined) throw fault
  return events
}

const lostRows = (source: string, copied: number, judged: number): SluiceError =>
  bugErrors.unreachable(`${source}: the database gave ${copied} rows, and ${judged} were read of them`, {
    facts: { source, copied, judged },
    next: 'Please report this with the types of the columns of the source.',
  })
