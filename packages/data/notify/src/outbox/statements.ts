import { quoteIdentifier } from '@sluice/postgres'

export interface TableName {
  readonly schema: string
  readonly table: string
}

/** Each project's warehouse. */
export const warehouseOutbox: TableName = Object.freeze({ schema: 'public', table: 'sluice_outbox' })

const nameOf = ({ schema, table }: TableName): string => `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`

/** $1 key, $2 channel, $3 subject, $4 text, $5 html, $6 facts. One row changed: it was new. */
export const enqueueSql = (table: TableName): string => `
insert into ${nameOf(table)} (key, channel, subject, text, html, facts)
values ($1, $2, $3, $4, $5, $6)
on conflict (key) do nothing`

/** $1 count, $2 lease in milliseconds. The delivery is counted beforehand: after a crash nobody could. */
export const claimSql = (table: TableName): string => `
with due as (
  select id from ${nameOf(table)}
  where delivered_at is null and failed_at is null and next_at <= now() and (lease_until is null or lease_until <= now())
  order by next_at, id
  limit $1
  for update skip locked
)
update ${nameOf(table)} o
set attempts = o.attempts + 1, deliveries = o.deliveries + 1, lease_until = now() + $2 * interval '1 millisecond'
from due where o.id = due.id
returning o.id, o.key, o.channel, o.attempts as attempt, to_jsonb(o) as "row"`

/** $1 id, $2 what of it was refused. */
export const deliveredSql = (table: TableName): string => `
update ${nameOf(table)}
set delivered_at = coalesce(delivered_at, now()), failed_at = null, lease_until = null, error = $2
where id = $1`

/** $1 id, $2 attempt, $3 error, $4 milliseconds until the next try or null, $5 1 when it surely did not arrive, else 0. */
export const failedSql = (table: TableName): string => `
update ${nameOf(table)} o
set deliveries = o.deliveries - $5::int,
  error = case when current then $3 else error end,
  lease_until = case when current then null else lease_until end,
  next_at = case when current and $4::float8 is not null then now() + $4::float8 * interval '1 millisecond' else next_at end,
  failed_at = case when current and $4::float8 is null then now() else failed_at end
from (select attempts = $2 and delivered_at is null and failed_at is null as current from ${nameOf(table)} where id = $1 for update) latest
where o.id = $1`

/** $1 keys, or null for all that failed. */
export const retrySql = (table: TableName): string => `
update ${nameOf(table)}
set failed_at = null, next_at = now(), attempts = 0
where failed_at is not null and ($1::text[] is null or key = any($1))`

/** $1 state or null, $2 limit. Newest first. A table whose messages are rendered when they are sent has no subject. */
export const listSql = (table: TableName): string => `
select key, channel ->> 'channel' as channel, channel ->> 'to' as "to", to_jsonb(o) ->> 'subject' as subject, state, attempts, deliveries,
  created_at as "createdAt", case when state = 'queued' then next_at end as "nextAt", delivered_at as "deliveredAt", error
from ${nameOf(table)} o
cross join lateral (select case when delivered_at is not null then 'delivered' when failed_at is not null then 'failed' else 'queued' end as state) s
where $1::text is null or state = $1
order by id desc
limit $2`
