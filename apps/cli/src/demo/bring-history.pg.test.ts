import { expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

const withHistory = {
  ...shop,
  'projects/shop/sluice.config.ts': `import { project } from 'sluice'
import { coincapConnection } from 'sluice/coincap'
export default project({
  name: 'shop',
  connections: { coincap: coincapConnection },
  demo: {
    simulators: { coincap: '@sluice/simulator-coincap' },
    pipelines: ['sales'],
    history: { days: 2, every: '30m', connection: 'coincap', pipeline: 'past' },
  },
})
`,
  'projects/shop/pipelines/past.ts': `import { cron, dataset, json, landed, pipeline, text } from 'sluice'
const answers = dataset('bronze.answers', { on: 'lake', bodies: json('$.data[*]', { id: text() }) })
const land = landed({ name: 'land', into: answers, otherwise: 'nothing was landed' })
export default pipeline({ name: 'past', schedule: cron('@daily', { timeZone: 'UTC' }), steps: [land] })
`,
}

const [halfHourMs, dayMs] = [1_800_000, 86_400_000]

/** The instants of the bodies in bronze, in order. */
function instants(platform: PlatformOnDisk): readonly number[] {
  const sql = "select epoch_ms(ingested_at)::varchar as at from 'bronze/answers/*/*.parquet' order by ingested_at"
  const { stdout } = platform.sluice('lake', 'sql', 'shop', sql, '--json')
  return (JSON.parse(stdout) as { at: string }[]).map(({ at }) => Number(at))
}

const runsOf = (platform: PlatformOnDisk) =>
  JSON.parse(platform.sluice('runs', 'list', 'past', '--json').stdout) as { trigger: string; state: string; tasks: object }[]

test('the demo makes up its history until now, once', async () => {
  await using platform = await platformOnDisk(withHistory)
  const before = Date.now()
  const { status, stderr } = platform.sluice('demo', '--once')
  expect([status, stderr]).toEqual([0, expect.stringContaining('made-up history up to')])
  const found = instants(platform)
  const midnight = Math.floor(before / dayMs) * dayMs
  expect(found[0]).toBe(midnight - 2 * dayMs)
  expect(found).toEqual(found.map((_, place) => midnight - 2 * dayMs + place * halfHourMs))
  expect(found.at(-1)).toBeGreaterThan(before - halfHourMs)
  const runs = runsOf(platform)
  expect(runs.map(({ trigger, state }) => `${trigger} ${state}`)).toEqual(['manual success', 'backfill success', 'backfill success'])
  expect(platform.sluice('demo', '--once').status).toBe(0)
  expect([instants(platform), runsOf(platform).length]).toEqual([found, 3])
})

test('a demo that was killed while the run of today waited for its bodies brings them the next time', async () => {
  await using platform = await platformOnDisk({ ...withHistory, '.sluice/profile': 'demo\n' })
  expect(platform.sluice('pipelines', 'pause', 'past').status).toBe(0)
  expect(platform.sluice('pipelines', 'trigger', 'past').status).toBe(0)
  expect(platform.sluice('demo', '--once').status).toBe(0)
  expect(runsOf(platform)).toMatchObject([{ trigger: 'manual', state: 'success', tasks: { success: 1 } }])
  expect(instants(platform).at(-1)).toBeGreaterThan(Date.now() - 2 * halfHourMs)
  expect(platform.sluice('pipelines', 'show', 'past').stdout).toMatch(/^paused +no$/m)
})
