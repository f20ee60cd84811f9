import type { Instant } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

/** What is remembered of tries to sign in under one key of a counter. */
export interface SignInCount {
  readonly counter: 'pair' | 'address' | 'name' | 'known'
  /** A digest. */
  readonly key: string
  /** 0: nothing is remembered any more. */
  readonly tries: number
  readonly at: Instant
}

const listSql = 'select c.counter, c.key, c.tries, c.at from sluice_accounts.sign_in_count c order by c.at limit 100000'

/** The one that was quiet for longest first. */
export const listSignInCounts = (db: Queryable): Promise<readonly SignInCount[]> => db.query<SignInCount>(listSql)

/** $1 counters, $2 keys, $3 tries, $4 instants, $5 and $6 what is older does not count: failures, and who is known. */
const keepSql = `
with given as (
  select g.counter, g.key, g.tries, timestamptz 'epoch' + g.at * interval '1 ms' as at
  from unnest($1::text[], $2::text[], $3::int[], $4::bigint[]) g(counter, key, tries, at)
), gone as (
  delete from sluice_accounts.sign_in_count c using given g where c.counter = g.counter and c.key = g.key and g.tries = 0
), late as (
  delete from sluice_accounts.sign_in_count c
  where c.at < timestamptz 'epoch' + (case c.counter when 'known' then $6::bigint else $5::bigint end) * interval '1 ms'
    and c.at < timestamptz 'epoch' + $5::bigint * interval '1 ms'
    and not exists (select from given g where g.counter = c.counter and g.key = c.key)
)
insert into sluice_accounts.sign_in_count (counter, key, tries, at) select g.counter, g.key, g.tries, g.at from given g where g.tries > 0
on conflict (counter, key) do update set tries = excluded.tries, at = excluded.at`

export const keepSignInCounts = async (
  db: Queryable,
  counts: readonly SignInCount[],
  { failures, known }: { readonly failures: Instant; readonly known: Instant },
): Promise<void> =>
  void (await db.execute(keepSql, [
    counts.map(({ counter }) => counter),
    counts.map(({ key }) => key),
    counts.map(({ tries }) => tries),
    counts.map(({ at }) => at),
    failures,
    known,
  ]))
