import type { Fault } from './faults.ts'
import { type Row, rowsOfData, type SimulatorReply, type Upstream, withDataRows } from './reply.ts'
import { unreachable } from './unreachable.ts'

/** How a reply leaves: what is sent, when, and how much of it. */
export interface Delivery {
  readonly reply: SimulatorReply
  /** `never` keeps the connection open and silent; `cut_connection` and `cut_length` send half the body. */
  readonly how: 'whole' | 'never' | 'cut_connection' | 'cut_length'
  readonly delayMs: number
}

/** Negative, beyond any column, more decimals than any column, text, not a number. */
export const ABSURD_VALUES: readonly [string, ...string[]] = [
  '-1.0000000000000000',
  '1e40',
  '0.123456789012345678901234567891',
  'not a number',
  'NaN',
]

const MAINTENANCE = '<!doctype html>\n<html><body><h1>We will be back soon</h1></body></html>\n'

/**
 * What a fault makes of the answer to a request: a plan, carried out by the server. Faults that replace the answer never call `answer`, so
 * the service spends no credit on them; faults on rows leave errors and bodies without rows as they are.
 */
export async function disturb(
  fault: Fault | undefined,
  upstream: Upstream,
  answer: () => SimulatorReply | Promise<SimulatorReply>,
): Promise<Delivery> {
  if (fault === undefined) return whole(await answer())
  switch (fault.kind) {
    case 'rate_limited': {
      const reply = upstream.problem(429, 'Too Many Requests')
      const headers = { ...reply.headers, ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }) }
      return whole({ ...reply, headers })
    }
    case 'server_error':
      return whole(upstream.problem(fault.status ?? 500, 'Internal Server Error'))
    case 'unauthorized':
      return whole(upstream.problem(401, 'Unauthorized'))
    case 'shutdown': {
      const reply = upstream.shutdown?.() ?? upstream.problem(503, 'Service Unavailable')
      return whole(fault.status === undefined ? reply : { ...reply, status: fault.status })
    }
    case 'html':
      return whole({ status: fault.status ?? 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: MAINTENANCE })
    case 'timeout':
      if (fault.answerAfterMs === undefined) return { reply: { body: '' }, how: 'never', delayMs: 0 }
      return { reply: await answer(), how: 'whole', delayMs: fault.answerAfterMs }
    case 'truncated':
      return { reply: await answer(), how: fault.how === 'length' ? 'cut_length' : 'cut_connection', delayMs: 0 }
    case 'empty_list':
    case 'duplicate_ids':
    case 'null_fields':
    case 'absurd_values':
      return whole(spoilReply(fault, upstream, await answer()))
    default:
      return unreachable(fault)
  }
}

type RowFault = Extract<Fault, { kind: 'empty_list' | 'duplicate_ids' | 'null_fields' | 'absurd_values' }>

function spoilReply(fault: RowFault, upstream: Upstream, reply: SimulatorReply): SimulatorReply {
  const rows = (upstream.rows ?? rowsOfData)(reply.body)
  if (rows === undefined || (reply.status ?? 200) >= 300) return reply
  return { ...reply, body: (upstream.withRows ?? withDataRows)(reply.body, spoilRows(fault, upstream.fields, rows)) }
}

function spoilRows(fault: RowFault, fields: readonly string[], rows: readonly Row[]): readonly Row[] {
  switch (fault.kind) {
    case 'empty_list':
      return []
    case 'duplicate_ids':
      return rows.flatMap((row, index) => (index % (fault.every ?? 2) === 0 ? [row, row] : [row]))
    case 'null_fields':
      return spoilFields(fault.every, fault.fields ?? fields, rows, () => null)
    case 'absurd_values': {
      const values = fault.value === undefined ? ABSURD_VALUES : [fault.value]
      return spoilFields(fault.every, fault.fields ?? fields, rows, (turn) => values[turn % values.length])
    }
    default:
      return unreachable(fault)
  }
}

function spoilFields(every = 2, fields: readonly string[], rows: readonly Row[], value: (turn: number) => unknown): readonly Row[] {
  return rows.map((row, index) => {
    const turn = index / every
    const field = fields[turn % fields.length]
    return Number.isInteger(turn) && field !== undefined ? { ...row, [field]: value(turn) } : row
  })
}

function whole(reply: SimulatorReply): Delivery {
  return { reply, how: 'whole', delayMs: 0 }
}
