import type { Instant } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

const endSql = `
with gone as (delete from sluice_accounts.ended_session where until < now())
insert into sluice_accounts.ended_session (mark, until) values ($1, to_timestamp($2::numeric / 1000)) on conflict (mark) do nothing`

/** A session is refused from now on; remembered until it would have ended anyway. Twice is once. */
export const endSession = async (db: Queryable, mark: string, until: Instant): Promise<void> => {
  await db.execute(endSql, [mark, until])
}

const endedSql = 'select 1 as one from sluice_accounts.ended_session where mark = $1'

export const sessionEnded = async (db: Queryable, mark: string): Promise<boolean> => (await db.query(endedSql, [mark])).length > 0
