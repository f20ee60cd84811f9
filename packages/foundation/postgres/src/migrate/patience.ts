import type { SluiceError } from '@sluice/core'
import type { Connection } from '../connection.ts'
import { migrationErrors } from '../errors.ts'
import { untilLocksAreGiven } from '../lock-patience.ts'

export interface Patience {
  /** How long a migration is tried again that others keep from a lock. Default 10 minutes. */
  readonly patienceMs?: number
  /** Told before each pause: what waits, for how long altogether, and who holds locks. */
  readonly onWait?: (waiting: Waiting) => void
}

export interface Waiting {
  readonly id: string
  readonly ms: number
  readonly holders: readonly string[]
}

/**
 * Runs `attempt`, which does all or nothing, until no lock is refused to it.
 * @throws `migration.blocked` (retryable) when patience ends
 */
export const patiently = <T>(session: Connection, id: string, { patienceMs, onWait }: Patience, attempt: () => Promise<T>): Promise<T> =>
  untilLocksAreGiven(attempt, {
    patienceMs,
    onRefused: async ({ ms, isLast, error }) => {
      const holders = await holdersOf(session)
      if (isLast) throw blocked(id, ms, holders, error)
      onWait?.({ id, ms, holders })
    },
  })

const holdersSql = `
select format('process %s (%s%s) on %s', a.pid, a.usename, ', ' || nullif(a.application_name, ''),
  string_agg(distinct l.relation::regclass::text, ', ')) as holder
from pg_locks l join pg_stat_activity a on a.pid = l.pid join pg_class c on c.oid = l.relation
where l.granted and l.database = (select oid from pg_database where datname = current_database()) and l.pid <> pg_backend_pid()
  and c.relkind in ('r', 'p', 'm', 'v') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
group by a.pid, a.usename, a.application_name order by a.pid limit 5`

const holdersOf = async (session: Connection): Promise<string[]> =>
  (await session.query<{ holder: string }>(holdersSql)).map(({ holder }) => holder)

const blocked = (id: string, ms: number, holders: readonly string[], cause: unknown): SluiceError =>
  migrationErrors.blocked(
    `${id} could not lock its tables for ${Math.round(ms / 1000)} s${holders.length === 0 ? '' : `: locks are held by ${holders.join('; ')}`}`,
    {
      facts: { migration: id, holders },
      cause,
      next: 'End these transactions, or try again when they have ended; nothing of it was applied.',
    },
  )
