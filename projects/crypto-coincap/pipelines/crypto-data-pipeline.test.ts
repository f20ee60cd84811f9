import { type CoincapSimulator, type Fault, start } from '@sluice/simulator-coincap'
import { integer, pick, sql } from 'sluice'
import { letterOf, testWorld, type World, type WorldRun } from 'sluice/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { coincapBudget } from '../fixtures/coincap-budget.ts'
import pipeline from './crypto-data-pipeline.ts'

let simulator: CoincapSimulator
let world: World

beforeAll(async () => {
  simulator = await start({ seed: 7, now: () => noon })
  world = await newWorld()
})
afterAll(async () => {
  await world.close()
  await simulator.close()
})
beforeEach(() => simulator.setFaults([]))

const halfHour = 30 * 60_000
const noon = Date.parse('2026-11-20T12:00:00Z')

const newWorld = (): Promise<World> =>
  testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien],
    connections: { coincap: { url: simulator.url, token: simulator.apiKey } },
    variables: { asset_count: '120', mail_to: 'equipe@example.org' },
    budgets: { coincap: { ...coincapBudget, onExceeded: 'warn' } },
  })

let minutes = 0
/** Each run has its own tick, half an hour after the one before. */
function run(
  options: { readonly again?: boolean; readonly generation?: number; readonly params?: Readonly<Record<string, string | number>> } = {},
): Promise<WorldRun> {
  if (options.again !== true) minutes += 30
  const end = noon + minutes * 60_000
  return world.run(pipeline, {
    logicalTime: end,
    key: `scheduled:${end}`,
    ...(options.params === undefined ? {} : { params: options.params }),
    ...(options.generation === undefined ? {} : { generation: options.generation }),
  })
}

async function counts(of = world): Promise<{ readonly rows: number; readonly snapshots: number }> {
  const [row] = await of.rows(
    { rows: integer({ notNull: true }), snapshots: integer({ notNull: true }) },
    sql`select count(*)::integer as rows, count(distinct timestamp_import)::integer as snapshots from ${cryptoTempsReel}`,
  )
  return row ?? { rows: -1, snapshots: -1 }
}

const errorOf = (result: WorldRun): string | undefined => result.tasks.find((task) => task.error !== null)?.error?.code

test('a run lands, cleans, loads, verifies and reports one snapshot', async () => {
  // Of its own: mail and report are those of a first snapshot.
  await using world = await newWorld()
  const result = await world.run(pipeline, { logicalTime: noon + halfHour, key: `scheduled:${noon + halfHour}` })
  expect(result.tasks.map((task) => [task.task, task.state])).toEqual([
    ['start', 'success'],
    ['check_coincap_api', 'success'],
    ['check_database_connection', 'success'],
    ['cleanup_old_data', 'success'],
    ['extract_assets', 'success'],
    ['silver.assets', 'success'],
    ['load_crypto_temps_reel', 'success'],
    ['silver.crypto_horaire', 'success'],
    ['silver.crypto_quotidien', 'success'],
    ['load_crypto_horaire', 'success'],
    ['load_crypto_quotidien', 'success'],
    ['verify_results', 'success'],
    ['verify_data_quality', 'success'],
    ['generate_daily_report', 'success'],
    ['send_success_email', 'success'],
    ['end', 'success'],
  ])
  expect(await counts(world)).toEqual({ rows: 120, snapshots: 1 })
  const report = (result.logs.generate_daily_report ?? []).map((line) => line.message).filter((line) => !line.startsWith('wrote '))
  expect(report[0]).toBe('RAPPORT CRYPTO QUOTIDIEN - 2026-11-20')
  expect(report.filter((line) => /^ +\d+ {2}/.test(line))).toHaveLength(10)
  expect(await world.notifications()).toEqual([
    expect.objectContaining({
      channel: 'email',
      to: 'equipe@example.org',
      subject: 'Pipeline Crypto Réussi - 2026-11-20',
      text: expect.stringContaining('Les dix premières'),
    }),
  ])
  await expect(letterOf((await world.notifications())[0]?.html ?? '')).toMatchFileSnapshot('../fixtures/mails/success.html')
  await expect(report.join('\n')).toMatchFileSnapshot('../fixtures/mails/report.txt')
})

test('a mail leaves when runs succeed again, and none while nothing changes', async () => {
  const mails = async () => (await world.notifications()).length
  const ended = (state: 'success' | 'failed') =>
    world.warehouse.pool.query(
      `insert into public.sluice_runs (run, project, pipeline, key, trigger, logical_time, state, tasks, tasks_succeeded, tasks_skipped,
         tasks_failed, created_at, change) values ($1, 'crypto-coincap', 'crypto_data_pipeline', $1, 'scheduled', now() + $2 * interval '1 day', $3,
         1, 0, 0, 0, now(), 1)`,
      [`ended ${state}`, state === 'success' ? 1 : 2, state],
    )
  const before = await mails()
  await ended('success')
  const quiet = await run()
  expect(quiet.tasks.find(({ task }) => task === 'send_success_email')?.state).toBe('skipped')
  expect([quiet.state, await mails()]).toEqual(['success', before])
  await ended('failed')
  await run()
  expect((await world.notifications()).at(-1)?.text).toContain('réussissent à nouveau')
  expect(await mails()).toBe(before + 1)
  await world.warehouse.pool.query('truncate public.sluice_runs')
})

test('a run may be given a number of assets of its own, and a value that is not a number fails it (S0-3)', async () => {
  const before = await counts()
  expect((await run({ params: { assets: 15 } })).state).toBe('success')
  expect(await counts()).toEqual({ rows: before.rows + 15, snapshots: before.snapshots + 1 })
  const failed = await run({ params: { assets: 'many' } })
  expect(failed.tasks.find(({ error }) => error !== null)).toMatchObject({
    task: 'extract_assets',
    attempts: 1,
    error: { code: 'config.invalid', message: '"many" is not a number of assets' },
  })
})

test('prices reach the warehouse digit for digit', async () => {
  await run()
  const [bitcoin] = await world.rows(
    pick(cryptoTempsReel, 'prix_usd'),
    sql`select prix_usd from ${cryptoTempsReel} where crypto_id = ${'bitcoin'} order by timestamp_import desc limit 1`,
  )
  const answer = await fetch(`${simulator.url}/assets/bitcoin`, { headers: { authorization: `Bearer ${simulator.apiKey}` } })
  const { data } = (await answer.json()) as { data: { priceUsd: string } }
  expect(bitcoin?.prix_usd).toBe(data.priceUsd.padEnd(data.priceUsd.indexOf('.') + 19, '0'))
})

test('running the same tick again changes nothing and asks the source for nothing', async () => {
  await run()
  const before = await counts()
  const asked = simulator.requests().length
  const again = await run({ again: true })
  expect(again.state).toBe('success')
  expect(again.tasks.flatMap((task) => task.receipts).every((receipt) => receipt.replayed)).toBe(true)
  expect(await counts()).toEqual(before)
  // Only the check of the API asks.
  expect(simulator.requests().length - asked).toBe(1)
})

test('a raised generation replaces exactly the rows of its batch', async () => {
  await run()
  const before = await counts()
  const again = await run({ again: true, generation: 2 })
  expect(again.state).toBe('success')
  expect(await counts()).toEqual(before)
})

test.each<readonly [string, Fault, string]>([
  ['429', { kind: 'rate_limited' }, 'source.rate_limited'],
  ['429 with Retry-After', { kind: 'rate_limited', retryAfter: 1 }, 'source.rate_limited'],
  ['500', { kind: 'server_error' }, 'source.server_error'],
  ['a cut connection', { kind: 'truncated', how: 'connection' }, 'source.network'],
  ['cut JSON', { kind: 'truncated', how: 'length' }, 'source.malformed'],
  ['the shutdown notice', { kind: 'shutdown' }, 'source.shutdown'],
  ['the shutdown notice as success', { kind: 'shutdown', status: 200 }, 'source.shutdown'],
  ['a refused key', { kind: 'unauthorized' }, 'source.unauthorized'],
  ['an empty list', { kind: 'empty_list' }, 'source.empty'],
])('%s ends as its error class says, and the previous data stays', async (_, fault, code) => {
  const before = await counts()
  // The check passes, the second page fails.
  simulator.setFaults([{ ...fault, ...(fault.kind === 'empty_list' ? { skip: 1 } : { skip: 2 }) }])
  const result = await run()
  expect(errorOf(result)).toBe(code)
  expect(result.state).toBe('failed')
  expect(await counts()).toEqual(before)
  // The next run is not disturbed by what the failed one left behind.
  simulator.setFaults([])
  expect((await run({ again: true })).state).toBe('success')
  expect(await counts()).toEqual({ rows: before.rows + 120, snapshots: before.snapshots + 1 })
})

test.each<readonly [string, Fault]>([
  ['duplicate ids', { kind: 'duplicate_ids', every: 10, skip: 1 }],
  ['null fields', { kind: 'null_fields', every: 10, fields: ['priceUsd'], skip: 1 }],
  ['absurd values', { kind: 'absurd_values', every: 10, fields: ['priceUsd'], skip: 1 }],
])('rows with %s go to quarantine, counted; the others are loaded', async (_, fault) => {
  const before = await counts()
  simulator.setFaults([fault])
  const result = await run()
  const silver = result.tasks.find((task) => task.task === 'silver.assets')?.receipts[0]
  expect(silver?.rowsQuarantined).toBeGreaterThan(0)
  expect(silver?.rowsIn).toBe((silver?.rowsWritten ?? 0) + (silver?.rowsQuarantined ?? 0))
  const after = await counts()
  expect(after.rows - before.rows).toBe(silver?.rowsWritten)
  expect(after.snapshots - before.snapshots).toBe(1)
})

test('a snapshot of which a large part is in quarantine fails its run; nothing of it is loaded, and nobody is told of a success', async () => {
  const before = await counts()
  const mails = (await world.notifications()).length
  simulator.setFaults([{ kind: 'null_fields', every: 2, fields: ['priceUsd'] }])
  const result = await run()
  expect(result.tasks.find(({ state }) => state === 'failed')).toMatchObject({
    task: 'silver.assets',
    attempts: 1,
    error: {
      code: 'quality.failed',
      message: expect.stringMatching(/of 120 rows \(50 %\) are in quarantine.*: not_null\(prix_usd\) 60$/),
    },
  })
  expect([await counts(), (await world.notifications()).length]).toEqual([before, mails])
})

test('the report sets its figures beside those of the day before (S0-38 to S0-42)', async () => {
  await using world = await newWorld()
  const report = async (end: number) => {
    const { logs, tasks } = await world.run(pipeline, { logicalTime: end, key: `scheduled:${end}` })
    expect(tasks.filter(({ error }) => error !== null)).toEqual([])
    const lines = (logs.generate_daily_report ?? []).map(({ message }) => message.replaceAll(/[\u00a0\u202f]/g, ' '))
    return lines.filter((line) => !line.startsWith('wrote '))
  }
  const alone = await report(noon - 48 * halfHour)
  expect(alone.some((line) => line.includes('hier'))).toBe(false)
  const [title, rule, ...lines] = await report(noon)
  expect([title, rule]).toEqual(['RAPPORT CRYPTO QUOTIDIEN - 2026-11-20', '='.repeat(37)])
  expect(lines).toEqual(
    expect.arrayContaining([
      'TOP 10',
      expect.stringMatching(/^Rang +Symbole +Nom +Prix +24 h$/),
      expect.stringMatching(/^ +1 +BTC +Bitcoin +[\d ]+,\d\d \$ +[+−]\d+,\d\d %$/),
      expect.stringMatching(/^Market Cap Total: +[\d ]+ Md \$ +hier [\d ]+ Md \$$/),
      expect.stringMatching(/^Performance Moyenne: +[+−]\d+,\d\d %$/),
      expect.stringMatching(/^En hausse \/ en baisse: +(\d+ \/ \d+) +hier \1$/),
      expect.stringMatching(/^Mises de côté: +0 sur 120$/),
      expect.stringMatching(/^Dernière mise à jour: +13:00:00$/),
    ]),
  )
})

test('what a run leaves out is in its report', async () => {
  // The second page, after the check and the first.
  await using world = await newWorld()
  simulator.setFaults([{ kind: 'null_fields', every: 5, fields: ['priceUsd'], skip: 2 }])
  const result = await world.run(pipeline, { logicalTime: noon + halfHour, key: `scheduled:${noon + halfHour}` })
  expect(result.state).toBe('success')
  expect(result.logs.generate_daily_report?.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^Mises de côté: +4 sur 120$/),
  )
  const warned = result.logs['silver.assets']?.filter(({ level }) => level === 'warn').map(({ message }) => message)
  expect(warned).toContainEqual(expect.stringContaining('4 of 120 rows (3.33 %) are in quarantine'))
  await expect(letterOf((await world.notifications()).at(-1)?.html ?? '')).toMatchFileSnapshot('../fixtures/mails/success-left-out.html')
})
