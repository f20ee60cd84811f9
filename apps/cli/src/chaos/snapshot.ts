import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteIdentifier } from '@sluice/postgres'
import { until } from './processes.ts'
import type { ChaosWorld } from './world.ts'

/** What a world's runs have left, without what must differ between two worlds: clocks, running numbers, who did it. Rows as sorted text. */
export interface Snapshot {
  readonly warehouse: readonly string[]
  /** One row a load; with how many rows carry its id where loads only add rows and retention has not come near. */
  readonly loads: readonly string[]
  readonly silver: readonly string[]
  /** Without the bodies that failed attempts keep: where the database went away in the middle of landing, one has failed. */
  readonly bronze: readonly string[]
  /** Manifests: a file that a killed task left without one is not of the dataset. */
  readonly gold: readonly string[]
  readonly ledger: readonly string[]
  readonly runs: readonly string[]
  /** The runs as the warehouse was told of them. */
  readonly copied: readonly string[]
  /** Keys of all messages ever queued: the engine's and the warehouse's. */
  readonly outboxes: readonly string[]
}

const tablesSql = `
select table_name as name from information_schema.tables
where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'sluice%' order by table_name`

const rowsSql = (table: string): string => `
select (jsonb_build_object('table', '${table}') || to_jsonb(t) - 'id' - 'created_at' - '_load_id')::text as line from public.${quoteIdentifier(table)} t`

const loadsSql = `
select jsonb_build_object('dataset', l.dataset, 'batch', l.batch, 'generation', l.generation, 'status', l.status, 'in', l.rows_in,
  'written', l.rows_written, 'quarantined', l.rows_quarantined,
  'found', case when l.mode = 'append' and l.dataset like '%public.crypto_temps_reel'
    and l.logical_time > (select max(m.logical_time) - interval '6 days' from public.sluice_loads m)
    then (select count(*) from public.crypto_temps_reel t where t._load_id = l.id) end)::text as line
from public.sluice_loads l`

const ledgerSql = `
select jsonb_build_object('dataset', dataset, 'batch', batch, 'generation', generation, 'status', status, 'in', receipt -> 'rowsIn',
  'written', receipt -> 'rowsWritten', 'quarantined', receipt -> 'rowsQuarantined')::text as line
from sluice.ledger`

const runsSql = `
select jsonb_build_object('pipeline', p.name, 'key', r.key, 'run', r.state, 'task', t.task, 'state', t.state, 'generation', t.generation)::text as line
from sluice.run r join sluice.pipeline p on p.id = r.pipeline join sluice.task_run t on t.run = r.id`

const copiedSql = `
select (to_jsonb(r) - 'id' - 'run' - 'created_at' - 'started_at' - 'ended_at')::text as line from public.sluice_runs r`

const uncopiedSql = 'select count(*)::int as n from sluice.run where mirrored < change'

export async function snapshotOf(world: ChaosWorld): Promise<Snapshot> {
  const lines = async (database: string, sql: string): Promise<readonly string[]> =>
    (await world.query<{ line: string }>(database, sql)).map(({ line }) => line).toSorted()
  await until('the runs are copied', async () => (await world.query<{ n: number }>('sluice', uncopiedSql))[0]?.n === 0)
  const tables = await world.query<{ name: string }>('crypto_db', tablesSql)
  const silver = await world.sluice('lake', 'read', 'silver.assets')
  if (silver.code !== 0) throw new Error(`silver.assets cannot be read:\n${silver.stderr}`)
  return {
    warehouse: (await Promise.all(tables.map(({ name }) => lines('crypto_db', rowsSql(name))))).flat(),
    loads: await lines('crypto_db', loadsSql),
    silver: (JSON.parse(silver.stdout) as readonly object[]).map((row) => JSON.stringify(row)).toSorted(),
    bronze: (await filesBelow(join(world.stateDir, 'lake', 'crypto-coincap', 'bronze'))).filter((file) => !file.startsWith('_rejected/')),
    gold: (await filesBelow(join(world.stateDir, 'lake', 'crypto-coincap', 'gold'))).filter((file) => file.endsWith('.manifest.json')),
    ledger: await lines('sluice', ledgerSql),
    runs: await lines('sluice', runsSql),
    copied: await lines('crypto_db', copiedSql),
    outboxes: [
      ...(await lines('sluice', 'select key as line from sluice.outbox')),
      ...(await lines('crypto_db', 'select key as line from public.sluice_outbox')),
    ],
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}
