import { quoteIdentifier } from '@sluice/postgres'

export interface TableName {
  readonly schema: string
  readonly table: string
}

/** Each project's warehouse. */
export const warehouseOutbox: TableName = Object.freeze({ schema: 'public', table: 'sluice_outbox' })

const nameOf = ({ schema, table }: TableName): string => `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`

const open = 'delivered_at is null and failed_at is null'
const due = `${open} and next_at <= now() and (lease_until is null or lease_until <= now())`
/** Channels that keep incidents: what ends one must not overtake what opens it, so an earlier message of the channel goes first. */
const inTurn = (table: TableName): string => `(q.channel ->> 'channel' not in ('pagerduty', 'opsgenie') or not exists (
  select 1 from ${nameOf(table)} e where ${open} and e.id < q.id and e.channel = q.channel))`
/** Whose settings: mails share those of the mail server, a receiver has its own. */
const settingsOf = "case channel ->> 'channel' when 'email' then 'email' else channel::text end"
/** Nobody can have got it: it may leave together with others. */
const fresh = `deliveries = 0 and recipients = '{}' and bundle is null`

/** $1 key, $2 channel, $3 topic, $4 subject, $5 text, $6 html, $7 facts. One row changed: it was new. */
export const enqueueSql = (table: TableName): string => `
insert into ${nameOf(table)} (key, channel, topic, subject, text, html, facts)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (key) do nothing`

/** $1 window in milliseconds. Mails are counted, not messages: those of a bundle left in one. */
export const dueSql = (table: TableName): string => `
select o.id, o.channel ->> 'channel' as channel, o.topic, o.bundle, ${fresh} as fresh, waiting.topics, recent.sent, recent."sentOfTopic", recent."windowEndsInMs"
from (select * from ${nameOf(table)} q where ${due} and ${inTurn(table)} order by next_at, id limit 1) o
cross join lateral (
  select coalesce(jsonb_object_agg(t.topic, t.count), '{}') as topics
  from (select topic, count(*) from ${nameOf(table)} where ${due} and ${fresh} and channel = o.channel group by topic) t
) waiting
cross join lateral (
  select count(distinct coalesce(d.bundle, d.key))::int as sent,
    count(distinct coalesce(d.bundle, d.key)) filter (where d.topic = o.topic)::int as "sentOfTopic",
    coalesce(ceil(extract(epoch from min(d.delivered_at) - now()) * 1000 + $1), 0)::float8 as "windowEndsInMs"
  from ${nameOf(table)} d
  where d.delivered_at > now() - $1 * interval '1 millisecond' and d.channel = o.channel
) recent`

/** Of a table named w. From $at on: id, whether of its channel, whether of its topic, bundle; what is null does not matter. */
const selected = (table: TableName, at: number): string => `${due}
  and ($${at + 3}::text is null or bundle = $${at + 3})
  and ($${at}::bigint is null or case when $${at + 1}::boolean
    then ${fresh} and exists (
      select 1 from ${nameOf(table)} s where s.id = $${at} and s.channel = w.channel and (not $${at + 2}::boolean or s.topic = w.topic))
    else id = $${at} end)`

/**
 * $1 count, $2 lease in milliseconds, $3 the bundle that several become, from $4 on which. The delivery is counted beforehand: after a
 * crash nobody could.
 */
export const claimSql = (table: TableName): string => `
with due as materialized (
  select id from ${nameOf(table)} w
  where ${selected(table, 4)}
  order by next_at, id
  limit $1
  for update skip locked
)
update ${nameOf(table)} o
set attempts = o.attempts + 1, deliveries = o.deliveries + 1, lease_until = now() + $2 * interval '1 millisecond', held = false,
  bundle = case when (select count(*) from due) > 1 then coalesce(o.bundle, $3) else o.bundle end
from due where o.id = due.id
returning o.id, o.key, o.channel, o.attempts as attempt, o.faults, o.bundle, o.recipients as settled, to_jsonb(o) as "row"`

/** $1 milliseconds, from $2 on which. */
export const postponeSql = (table: TableName): string => `
update ${nameOf(table)} w set next_at = now() + $1::float8 * interval '1 millisecond' where ${selected(table, 2)}`

/** $1 ids, $2 recipients, $3 who has not got it. Others held by the same settings are due. */
export const deliveredSql = (table: TableName): string => `
with released as (
  update ${nameOf(table)} set held = false, next_at = now()
  where held and ${open} and not id = any($1) and ${settingsOf} in (select ${settingsOf} from ${nameOf(table)} where id = any($1))
)
update ${nameOf(table)}
set delivered_at = coalesce(delivered_at, now()), failed_at = null, lease_until = null, held = false, recipients = recipients || $2, error = $3
where id = any($1)`

/**
 * $1 ids, $2 their attempts, $3 error, $4 milliseconds until the next try or null, $5 1 when it surely did not arrive, else 0,
 * $6 recipients, $7 whether the settings are to blame.
 */
export const failedSql = (table: TableName): string => `
update ${nameOf(table)} o
set deliveries = o.deliveries - $5::int,
  recipients = o.recipients || $6,
  error = case when current then $3 else error end,
  faults = case when current and $7::boolean then faults + 1 else faults end,
  held = case when current then $7 else held end,
  lease_until = case when current then null else lease_until end,
  next_at = case when current and $4::float8 is not null then now() + $4::float8 * interval '1 millisecond' else next_at end,
  failed_at = case when current and $4::float8 is null then now() else failed_at end
from (
  select l.id, l.attempts = c.attempt and l.delivered_at is null and l.failed_at is null as current
  from ${nameOf(table)} l join unnest($1::bigint[], $2::int[]) c(id, attempt) on c.id = l.id for update of l
) latest
where o.id = latest.id`

/** $1 the table: until the end of the transaction no other sender holds messages of it. */
export const inTurnSql = `select pg_advisory_xact_lock(hashtextextended('sluice outbox ' || $1, 0))`

/** Long enough for one try and its answer. */
const behindMs = 60_000

/**
 * $1 ids, $2 error, $3 milliseconds. The others that the same settings are for would meet the same and wait a little longer: so one tries
 * again, however many senders there are, and what becomes of it holds for all.
 */
export const heldSql = (table: TableName): string => `
update ${nameOf(table)}
set held = true, error = $2, next_at = greatest(next_at, now() + ($3::float8 + ${behindMs}) * interval '1 millisecond')
where ${open} and (lease_until is null or lease_until <= now()) and not id = any($1)
  and ${settingsOf} in (select ${settingsOf} from ${nameOf(table)} where id = any($1))`

/** $1 keys, or null for all. What has failed, for good or at some addresses, and what waits for a correction of the settings. */
export const retrySql = (table: TableName): string => `
update ${nameOf(table)}
set failed_at = null, delivered_at = null, next_at = now(), attempts = 0, faults = 0, held = false, bundle = null, error = null,
  recipients = coalesce((select jsonb_object_agg(key, value) from jsonb_each(recipients) where value ->> 'state' = 'delivered'), '{}')
where (failed_at is not null or delivered_at is not null and error is not null or held and delivered_at is null)
  and (lease_until is null or lease_until <= now()) and ($1::text[] is null or key = any($1))`

/** A table whose messages are rendered when they are sent has no subject. */
const listed = `key, channel ->> 'channel' as channel, channel ->> 'to' as "to", to_jsonb(o) ->> 'subject' as subject, state, attempts, deliveries,
  created_at as "createdAt", case when state = 'queued' then next_at end as "nextAt", delivered_at as "deliveredAt", error, recipients, bundle`

const withState = (table: TableName): string => `${nameOf(table)} o
cross join lateral (
  select case
    when failed_at is not null then 'failed'
    when delivered_at is null then 'queued'
    when error is not null then 'partly_delivered'
    else 'delivered' end as state
) s`

/** $1 key. */
export const findSql = (table: TableName): string => `
select ${listed}, to_jsonb(o) as "row"
from ${withState(table)}
where key = $1`

/** $1 state or null, $2 limit. Newest first. */
export const listSql = (table: TableName): string => `
select ${listed}
from ${withState(table)}
where $1::text is null or state = $1
order by id desc
limit $2`
