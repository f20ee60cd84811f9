import type { Instant } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

const endSql = `
with gone as (delete from sluice_accounts.ended_session where until < now())
insert into sluice_accounts.ended_session (mark, until) values ($1, to_timestamp($2::numeric / 1000)) on conflict (mark) do nothing`

/**
 * A session, or a login code, is refused from now on; remembered until it would have ended anyway. Of those who end one at once the first
 * is told so, and no other.
 */
export const endSession = async (db: Queryable, mark: string, until: Instant): Promise<boolean> =>
  (await db.execute(endSql, [mark, until])) > 0

const endedSql = 'select 1 as one from sluice_accounts.ended_session where mark = $1'

export const sessionEnded = async (db: Queryable, mark: string): Promise<boolean> => (await db.query(endedSql, [mark])).length > 0
