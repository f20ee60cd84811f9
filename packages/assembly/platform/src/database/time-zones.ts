import { openDuckDB } from '@sluice/duckdb'
import { openPool } from '@sluice/postgres'

/*
 * Node computes ticks and days, PostgreSQL and DuckDB compute days in SQL, and each brings rules of time zones of its own. Governments
 * change them some times a year: where the three differ, a report counts other rows to a day than its run was made for.
 */

/** An engine's rules of one zone: minutes from UTC at each instant; null where it does not know the zone. */
export interface ZoneRules {
  /** With its version, since that is what brings the rules. */
  readonly engine: string
  offsets(zone: string, instants: readonly number[]): Promise<readonly number[] | null>
}

const dayMs = 86_400_000

/** Noon of each day from a month ago to two years ahead. */
const daysAround = (now: number): readonly number[] =>
  Array.from({ length: 760 }, (_, day) => (Math.floor(now / dayMs) + day - 30) * dayMs + dayMs / 2)

/** A warning for each zone and engine whose rules are not Node's. */
export async function zoneWarnings(
  zones: readonly string[],
  node: ZoneRules,
  others: readonly ZoneRules[],
  now: number,
): Promise<readonly string[]> {
  const instants = daysAround(now)
  const warnings: string[] = []
  for (const zone of new Set(zones)) {
    const expected = await node.offsets(zone, instants)
    for (const other of others) {
      const offsets = await other.offsets(zone, instants)
      const at = instants.findIndex((_, n) => offsets?.[n] !== expected?.[n])
      if (at < 0) continue
      const what =
        offsets === null
          ? 'does not know it'
          : `differs from ${new Date(instants[at] ?? 0).toISOString().slice(0, 10)} on: ${offsets[at]} minutes from UTC, not ${expected?.[at]}`
      warnings.push(`warning: time zone ${zone}: ${other.engine} ${what} (${node.engine}). Bring both to versions with the same rules.`)
    }
  }
  return warnings
}

export const nodeRules: ZoneRules = {
  engine: `Node ${process.versions.node} with time zone data ${process.versions.tz ?? 'unknown'}`,
  async offsets(zone, instants) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    return instants.map((instant) => minutesOf(format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? ''))
  },
}

/** `GMT+05:45`, `GMT`. */
function minutesOf(name: string): number {
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d+):?(\d*)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

const postgresSql = `
select (extract(epoch from (to_timestamp(i / 1000.0) at time zone $1) - (to_timestamp(i / 1000.0) at time zone 'UTC')) / 60)::int as minutes
from unnest($2::bigint[]) with ordinality u(i, n) order by n`

/** Of the zones that are asked for, one warning a difference. The engines are opened for it and closed again. */
export async function timeZoneWarnings(databaseUrl: string, zones: readonly string[], now: number): Promise<readonly string[]> {
  const pool = openPool(databaseUrl, { max: 1, applicationName: 'sluice time zones' })
  const duckdb = await openDuckDB({ threads: 1 })
  try {
    const connection = await duckdb.connect()
    const [server] = await pool.query<{ version: string }>("select current_setting('server_version') as version")
    const [engine] = await connection.rows<{ version: string }>('select version() as version')
    const postgres: ZoneRules = {
      engine: `PostgreSQL ${server?.version}`,
      offsets: (zone, instants) =>
        known(async () => (await pool.query<{ minutes: number }>(postgresSql, [zone, instants])).map(({ minutes }) => minutes)),
    }
    const duck: ZoneRules = {
      engine: `DuckDB ${engine?.version}`,
      offsets: (zone, instants) =>
        known(async () => {
          const rows = await connection.rows<{ minutes: number }>(
            `select ((epoch(timezone($zone, to_timestamp(i / 1000))) - i / 1000) / 60)::integer as minutes
             from (select unnest([${instants.join(', ')}]) as i) order by i`,
            { zone },
          )
          return rows.map(({ minutes }) => minutes)
        }),
    }
    return await zoneWarnings(zones, nodeRules, [postgres, duck], now)
  } finally {
    duckdb.close()
    await pool.end()
  }
}

/** An engine that does not know a zone refuses the statement. */
const known = (offsets: () => Promise<readonly number[]>): Promise<readonly number[] | null> => offsets().catch(() => null)
