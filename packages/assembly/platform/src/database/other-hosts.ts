import { hostname } from 'node:os'
import { configErrors } from '@sluice/core'
import { withSession } from '@sluice/postgres'
import type { Settings } from '@sluice/settings'

const othersSql = `
select distinct host from sluice.worker where state = 'alive' and lease_until > now() and host <> $1 order by host`

/**
 * While the lake is a local folder, workers of two hosts would write two lakes.
 * @throws `config.invalid` when workers of another host are alive on the same database
 */
export async function refuseOtherHosts(databaseUrl: string, { stateDir, lakeUrl }: Pick<Settings, 'stateDir' | 'lakeUrl'>): Promise<void> {
  if (lakeUrl !== null) return
  const others = await withSession(databaseUrl, (session) => session.query<{ host: string }>(othersSql, [hostname()]))
  const [other] = others
  if (other === undefined) return
  throw configErrors.invalid(`workers of ${other.host} use this database, and the lake is a folder of each host (${stateDir}/lake)`, {
    facts: { host: hostname(), others: others.map(({ host }) => host), stateDir },
    next: `Run workers on ${other.host} only, or keep the lake in a bucket: SLUICE_LAKE_URL=s3://bucket/prefix.`,
  })
}
