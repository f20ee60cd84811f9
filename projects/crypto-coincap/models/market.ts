import { instant, type Sql, sql } from 'sluice'
import { cryptoTempsReel } from '../tables/crypto-temps-reel.ts'

/** The rows of the newest snapshot at or before an instant: what "now" and "today" mean in every figure (`requirements` X-1). */
export const latestSnapshot = (at: number): Sql<'warehouse'> => sql`
  ${cryptoTempsReel} where timestamp_import = (select max(timestamp_import) from ${cryptoTempsReel} where timestamp_import <= ${instant(at)})`
