import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { startDriver } from './process.ts'

const version = '1.13.27'

/** Its in-process executor, the fastest of its ways, which runs one step at a time: no step waits beside another. */
export const dagster: Peer = {
  name: `Dagster ${version}`,
  way: 'in process',
  packages: [`dagster==${version}`, 'dagster-postgres==0.29.27', 'psycopg2-binary'],
  workloads: ['fibo', 'long', 'single'],
  open: async ({ dir, python, databaseUrl }) => {
    await writeFile(
      join(dir, 'dagster.yaml'),
      `storage:\n  postgres:\n    postgres_url: ${JSON.stringify(databaseUrl.replace(/^postgres:/, 'postgresql+psycopg2:'))}\ntelemetry:\n  enabled: false\n`,
    )
    const script = join(import.meta.dirname, 'python/dagster_jobs.py')
    const { ask, ...disposal } = await startDriver(python, script, { DAGSTER_HOME: dir }, join(dir, 'jobs.log'))
    return { run: ask, ...disposal }
  },
}
