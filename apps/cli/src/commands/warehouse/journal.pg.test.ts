import { expect, test } from 'vitest'
import { environmentOf, frozenUpstream } from '../../chaos/upstream.ts'
import { type ChaosWorld, openWorld } from '../../chaos/world.ts'

interface JournalRow {
  readonly operation: string
  readonly records_affected: number
  readonly status: string
}

const data = ['pipelines', 'run', 'crypto_data_pipeline'] as const
const journal = (world: ChaosWorld): Promise<readonly JournalRow[]> =>
  world.json(
    'warehouse',
    'sql',
    'crypto-coincap',
    'select operation, records_affected, status, reason, task from pipeline_logs order by id',
  )

test('the journal holds a run that failed before it landed anything, and beside the writes the run that made them (S0-31, S0-37)', async () => {
  await using upstream = await frozenUpstream()
  await using refused = await openWorld({ keptServer: true, env: { ...environmentOf(upstream), COINCAP_API_KEY: 'no such key' } })
  expect((await refused.sluice(...data)).code).toBe(1)
  expect(await journal(refused)).toEqual([
    expect.objectContaining({ operation: 'retain public.crypto_temps_reel', records_affected: 0, status: 'success' }),
    {
      operation: 'run crypto_data_pipeline',
      records_affected: 0,
      status: 'failed',
      task: 'extract_assets',
      reason: expect.stringContaining('source.unauthorized: '),
    },
  ])

  await using world = await openWorld({ keptServer: true, env: environmentOf(upstream) })
  expect((await world.sluice(...data)).code).toBe(0)
  const rows = await journal(world)
  // The three loads do not wait for each other.
  expect(rows[0]).toMatchObject({ operation: 'retain public.crypto_temps_reel', status: 'success', records_affected: 0 })
  expect(
    rows
      .slice(1, -1)
      .map(({ operation, status, records_affected }) => `${operation}: ${status}, ${records_affected}`)
      .sort(),
  ).toEqual([
    'append public.crypto_temps_reel: success, 120',
    'upsert public.crypto_horaire: success, 120',
    'upsert public.crypto_quotidien: success, 120',
  ])
  expect(rows.at(-1)).toMatchObject({ operation: 'run crypto_data_pipeline', status: 'success', records_affected: 360 })
  const [newest] = await world.json<readonly object[]>('warehouse', 'sql', 'crypto-coincap', '@journal')
  expect(Object.keys(newest ?? {})).toEqual(['timestamp', 'operation', 'records_affected', 'status'])
  expect(newest).toMatchObject({ operation: 'run crypto_data_pipeline' })
  const write = await world.sluice('warehouse', 'sql', 'crypto-coincap', 'delete from sluice_runs')
  expect(write.code, 'queries may only read').toBe(1)

  const { tables } = await world.json<{ readonly tables: readonly { readonly name: string }[] }>(
    'warehouse',
    'dictionary',
    'crypto-coincap',
  )
  expect(tables.find(({ name }) => name === 'public.crypto_temps_reel')).toMatchObject({
    columns: expect.arrayContaining([expect.objectContaining({ name: 'rang', type: 'integer' })]),
    filledBy: expect.arrayContaining([expect.objectContaining({ kind: 'load', file: expect.stringMatching(/\.ts$/) })]),
  })

  expect(await world.json('ledger', 'rebuild')).toMatchObject({ runs: 1 })
  expect(await world.json('ledger', 'rebuild'), 'to be copied already').toMatchObject({ runs: 0 })
  await world.sluice('pipelines', 'run', 'crypto_monitoring')
  expect((await journal(world)).filter(({ operation }) => operation.startsWith('run ')).map(({ status }) => status)).toEqual([
    'success',
    'success',
  ])
})
