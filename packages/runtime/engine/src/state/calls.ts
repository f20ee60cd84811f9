import { type Pool, type Queryable, withRetry } from '@sluice/postgres'

/** A limit of calls in a span. */
interface SpanLimit {
  readonly calls: number
  readonly perMs: number
}

/** The connection of a project. */
interface Called {
  readonly project: string
  readonly connection: string
}

/** Begins a call, or says how long to wait: of all who call the connection, in whatever process. */
export async function beginCall(
  db: Queryable,
  { project, connection }: Called,
  limits: readonly SpanLimit[],
): Promise<{ readonly waitMs: number; readonly call?: string }> {
  const [row] = await db.query<{ wait_ms: number; call: string | null }>(
    'select wait_ms, call::text from sluice.begin_call($1, $2, $3::jsonb)',
    [project, connection, JSON.stringify(limits)],
  )
  return { waitMs: row?.wait_ms ?? 0, ...(typeof row?.call === 'string' ? { call: row.call } : {}) }
}

export async function endCall(db: Queryable, project: string, call: string): Promise<void> {
  await db.query('select sluice.end_call($1, $2::bigint)', [project, call])
}

export async function holdCalls(db: Queryable, { project, connection }: Called, ms: number): Promise<void> {
  await db.query('select sluice.hold_calls($1, $2, $3)', [project, connection, ms])
}

/**
 * Alone, among all processes, with the token that is kept for a connection. `keep` commits at once, beside the transaction that holds the
 * turn: what a service has replaced must not be lost with it.
 */
export async function withKeptToken<T>(
  pool: Pool,
  { project, connection }: Called,
  work: (kept: string | undefined, keep: (sealed: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  return await pool.transaction(async (turn) => {
    const [row] = await turn.query<{ sealed: string | null }>('select sluice.kept_token($1, $2) as sealed', [project, connection])
    const keep = async (sealed: string): Promise<void> => {
      await withRetry(() => pool.query('select sluice.keep_token($1, $2, $3)', [project, connection, sealed]), {
        attempts: 5,
        whenDisconnected: true,
      })
    }
    return await work(row?.sealed ?? undefined, keep)
  })
}
