import type { Actor, Instant } from '@sluice/core'
import { type Queryable, storableJson, storableText } from '@sluice/postgres'

/** `begun`: under way, or its process died before it could say what became of it. */
export const auditOutcomes = ['begun', 'done', 'refused', 'failed'] as const
export type AuditOutcome = (typeof auditOutcomes)[number]

/** One call that changes something, or asks what a person has typed. */
export interface AuditedCall {
  /** A UUID of the caller's: the row is written once, however often it is told. */
  readonly call: string
  readonly actor: Actor
  readonly address: string
  readonly action: string
  readonly project: string | null
  readonly target: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface AuditEntry extends Omit<AuditedCall, 'call'> {
  readonly id: number
  readonly at: Instant
  readonly endedAt: Instant | null
  readonly outcome: AuditOutcome
  readonly reason: string | null
  readonly omitted: number
}

export interface AuditFilter {
  readonly actor?: string
  readonly action?: string
  readonly outcome?: AuditOutcome
  /** Null: of all, also what belongs to none. */
  readonly projects?: readonly string[] | null
  readonly since?: Instant
  readonly limit: number
  /** Entries with a lower id. */
  readonly before?: number
}

/** The one door to the table: who has no right to change it can add a row, and say what became of a call that had begun. */
const writeSql = 'select sluice_accounts.write_audit($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10)'

const mostCharacters = 2_000

/** Writes the row of a call, or what became of one that had begun. */
export async function writeAudit(
  db: Queryable,
  entry: AuditedCall,
  outcome: AuditOutcome,
  { reason = null, omitted = 0 }: { readonly reason?: string | null; readonly omitted?: number } = {},
): Promise<void> {
  await db.execute(writeSql, [
    entry.call,
    entry.actor,
    entry.address,
    entry.action,
    entry.project === null ? null : cut(entry.project),
    cut(entry.target),
    storableJson(cutValues(entry.details)),
    outcome,
    reason === null ? null : cut(reason),
    omitted,
  ])
}

const listSql = `
select a.id::float8 as id, a.at, a.ended_at as "endedAt", a.actor, a.address, a.action, a.project, a.target, a.details, a.outcome, a.reason, a.omitted
from sluice_accounts.audit a
where ($1::text is null or a.actor = $1 or a.actor like $1 || '/%') and ($2::text is null or a.action = $2)
  and ($3::text is null or a.outcome = $3) and ($4::text[] is null or a.project = any($4))
  and ($5::bigint is null or a.at >= timestamptz 'epoch' + $5::bigint * interval '1 ms') and ($6::bigint is null or a.id < $6)
order by a.id desc limit $7`

/** Newest first. */
export const listAudit = async (db: Queryable, filter: AuditFilter): Promise<readonly AuditEntry[]> =>
  await db.query<AuditEntry>(listSql, [
    filter.actor ?? null,
    filter.action ?? null,
    filter.outcome ?? null,
    filter.projects ?? null,
    filter.since ?? null,
    filter.before ?? null,
    filter.limit,
  ])

/** PostgreSQL takes neither NUL nor a half of a pair; and a text that somebody sends is as long as they like. */
const cut = (text: string): string => storableText(text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text)

function cutValues(details: AuditedCall['details']): Readonly<Record<string, unknown>> {
  const values = Object.entries(details).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return [name, text === undefined || text.length <= mostCharacters ? value : cut(text)]
  })
  return Object.fromEntries(values)
}
