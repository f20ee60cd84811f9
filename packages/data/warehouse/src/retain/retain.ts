import type { AnyDataset } from '@sluice/author'
import { type BatchWrite, dayIn, definitionErrors, type Instant, unreachable } from '@sluice/core'
import { type Connection, type Pool, quoteIdentifier, untilLocksAreGiven } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { toWarehouseFault } from '../fault.ts'
import { cancelledBy } from '../load/cancel.ts'
import { openBatch } from '../load/open-batch.ts'
import { type LoadReceipt, writeReceipt } from '../load/receipts.ts'
import { dropPartitions } from '../partitions/drop-partitions.ts'
import { makePartitions, spansKeptAhead } from '../partitions/make-partitions.ts'

export interface RetainRequest {
  readonly write: BatchWrite
  readonly table: AnyDataset
  /** A timestamp or date of the table. */
  readonly column: string
  /** Rows before this instant go; of dates, those before its day. */
  readonly before: Instant
  /** IANA zone in which dates are meant. */
  readonly timeZone: string
  readonly signal?: AbortSignal
}

/**
 * Deletes the rows that are too old, in one transaction with a receipt of mode `retain`, whose `rowsDeleted` says how many. A second call
 * for the same batch and generation is answered with the first receipt and deletes nothing. Rows without a value stay. Errors:
 * `definition.invalid`, `warehouse.unavailable` (retryable, nothing deleted), `warehouse.failed`; on abort the signal's reason.
 */
export async function retain(pool: Pool, request: RetainRequest): Promise<LoadReceipt> {
  const { signal } = request
  const plan = planRetain(request)
  try {
    return await untilLocksAreGiven(() => pool.transaction((tx) => retainOnce(tx, request, plan)), { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw toWarehouseFault(error)
  }
}

async function retainOnce(tx: Connection, { write, table, column, signal }: RetainRequest, plan: RetainPlan): Promise<LoadReceipt> {
  const { statement, aside, params, limit, reason } = plan
  await using session = cancelledBy(signal, tx)
  const opened = await openBatch(session.connection, write)
  if (opened.receipt !== undefined) return opened.receipt
  const { ranges } = table.facts
  if (ranges !== undefined) await makePartitions(session.connection, table, spansKeptAhead(table, write.logicalTime))
  const dropped =
    ranges?.column === column ? await dropPartitions(session.connection, table, Date.parse(limit)) : { rows: 0, partitions: 0 }
  const deleted = dropped.rows + (await session.connection.execute(statement, params))
  await session.connection.execute(aside, [...params, write.dataset])
  const counts = {
    rowsIn: 0,
    rowsWritten: 0,
    rowsQuarantined: 0,
    bytes: 0,
    rowsDeleted: deleted,
    reason: reason(deleted, dropped.partitions),
    deletedBefore: limit,
  }
  return await writeReceipt(session.connection, write, {
    id: opened.id,
    order: { asOf: opened.asOf, turn: opened.id },
    mode: 'retain',
    counts,
  })
}

interface RetainPlan {
  readonly statement: string
  readonly params: readonly unknown[]
  /** The same for rows that are kept aside, with the dataset as $2. */
  readonly aside: string
  /** Instant or day. */
  readonly limit: string
  reason(deleted: number, partitions: number): string
}

/** @throws `definition.invalid` for a column that is not a timestamp or a date. */
export function planRetain({ table, column, before, timeZone }: Omit<RetainRequest, 'write' | 'signal'>): RetainPlan {
  const [target, name] = [quoteTable(table.name), quoteIdentifier(column)]
  const type = Object.hasOwn(table.columns, column) ? table.columns[column]?.type : undefined
  const reasonOf = (limit: string) => (deleted: number, partitions: number) =>
    `deleted ${deleted} ${deleted === 1 ? 'row' : 'rows'} with ${column} before ${limit}${partitions === 0 ? '' : `, and dropped ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`}`
  const statements = (kind: string) => ({
    statement: `delete from ${target} where ${name} < $1::${kind}`,
    aside: `delete from public.sluice_superseded where dataset = $2 and (jsonb_populate_record(null::${target}, "row")).${name} < $1::${kind}`,
  })
  switch (type?.kind) {
    case 'timestamp': {
      const limit = new Date(before).toISOString()
      return { ...statements('timestamptz'), params: [limit], limit, reason: reasonOf(limit) }
    }
    case 'date': {
      const day = dayIn(before, timeZone)
      return { ...statements('date'), params: [day], limit: day, reason: reasonOf(day) }
    }
    case undefined:
    case 'text':
    case 'integer':
    case 'bigint':
    case 'double':
    case 'boolean':
    case 'decimal':
    case 'json':
      throw definitionErrors.invalid(
        `retention of ${table.name}: ${type === undefined ? `it has no column "${column}"` : `"${column}" is ${type.kind}, neither a timestamp nor a date`}`,
        { facts: { table: table.name, column }, next: 'Name the column that says how old a row is.' },
      )
    default:
      return unreachable(type)
  }
}
