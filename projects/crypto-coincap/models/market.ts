import { type Sql, sql } from 'sluice'
import { cryptoTempsReel } from '../tables/crypto-temps-reel.ts'

/**
 * The rows of the newest snapshot at or before an instant: what "now" means in every figure. Stands behind `from`; more
 * conditions may follow with `and`.
 */
export const latestSnapshot = (at: Sql<never>): Sql<'warehouse'> => sql`
  ${cryptoTempsReel} where timestamp_import = (select max(timestamp_import) from ${cryptoTempsReel} where timestamp_import <= ${at})`
