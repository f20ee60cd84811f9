import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

let platform: PlatformOnDisk

beforeAll(async () => {
  platform = await platformOnDisk({
    ...shop,
    'projects/shop/pipelines/hourly.ts': `import { cron, pipeline, task } from 'sluice'
const count = task({ name: 'count', run: (_, { run }) => { if (run.logicalTime === Date.UTC(2026, 0, 1, 2)) throw new Error('no till at two') } })
export default pipeline({ name: 'hourly', schedule: cron('0 * * * *'), steps: [count] })
`,
    'projects/shop/pipelines/ticking.ts': `import { cron, pipeline, task } from 'sluice'
export default pipeline({ name: 'ticking', schedule: cron('* * * * * *'), catchup: true, steps: [task({ name: 'tick', run: () => 1 })] })
`,
  })
})

afterAll(async () => {
  await platform[Symbol.asyncDispose]()
})

const json = (...args: readonly string[]): unknown => JSON.parse(platform.sluice(...args, '--json').stdout)

test('a backfill answers its number, tells how far it is while it is waited for, and is shown, listed and cancelled by its number', () => {
  const hours = (from: string, to: string) => [
    'pipelines',
    'backfill',
    'hourly',
    '--start',
    `2026-01-01T${from}:00Z`,
    '--end',
    `2026-01-01T${to}:00Z`,
  ]
  const waited = platform.sluice(...hours('00', '04'), '--wait')
  expect(waited.status).toBe(1)
  expect(waited.stdout).toContain(
    'backfill 1 of hourly\ncreated 4 runs, 0 ticks have one already\n  from 2026-01-01 00:00:00Z to 2026-01-01 03:00:00Z\n',
  )
  expect(platform.sluice(...hours('10', '12'), '--dry-run').stdout).toBe(
    'would create 2 runs, 0 ticks have one already\n  2026-01-01 10:00:00Z\n  2026-01-01 11:00:00Z\n',
  )
  expect(platform.sluice('backfills', 'show', 'seven').stderr).toContain('backfill: expected a number')
  expect(waited.stderr).toContain('backfill 1: 4 of 4 runs ended, 1 failed')
  expect(waited.stderr).toMatch(/failed: npx sluice runs show \w+/)
  expect(json('backfills', 'show', '1')).toMatchObject({ id: 1, state: 'failed', runs: { success: 3, failed: 1 } })

  expect(platform.sluice(...hours('06', '09'), '--max-active-runs', '1').stderr).toContain('sluice backfills show 2')
  expect(platform.sluice('backfills', 'pause', '2').stdout).toMatch(
    /^backfill 2 of shop:hourly: paused\n.*\n {2}0 of 3 runs ended\n {2}at most 1 of its runs at once\n$/,
  )
  expect(json('backfills', 'resume', '2')).toMatchObject({ state: 'running' })
  expect(json('backfills', 'cancel', '2')).toMatchObject({ state: 'cancelled', runs: { cancelled: 3 } })
  expect(platform.sluice('backfills', 'cancel', '2')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('has ended already: cancelled'),
  })
  expect(platform.sluice('backfills', 'list').stdout).toMatch(
    /^BACKFILL +PIPELINE +STATE .*\n2 +shop:hourly +cancelled .*\n1 +shop:hourly +failed /,
  )
})

test('a run by hand says which time it covers, and that the scheduled run covers it, too', () => {
  const { status, stderr } = platform.sluice('pipelines', 'trigger', 'hourly', '--logical-time', '2026-02-01T05:30:00Z', '--wait')
  expect(status).toBe(0)
  expect(stderr).toContain('It covers 2026-02-01 05:00:00Z up to 2026-02-01 05:30:00Z, which the scheduled run of that time covers, too')
})

test('of a paused pipeline a run by hand waits and says so; a command that would wait for it for ever is refused', () => {
  platform.sluice('pipelines', 'pause', 'sales')
  expect(platform.sluice('pipelines', 'trigger', 'sales').stderr).toContain(
    'The pipeline is paused: the run begins after "npx sluice pipelines unpause sales"',
  )
  expect(platform.sluice('pipelines', 'run', 'sales')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('is paused, so its run would wait'),
  })
  platform.sluice('pipelines', 'unpause', 'sales')
  const { status, stderr } = platform.sluice('pipelines', 'run', 'sales')
  expect(status).toBe(0)
  expect(stderr).toMatch(/also executes the queued run \w+ of shop:sales/)
})

test('a command that runs one pipeline makes no run of a tick that is due', () => {
  expect(json('runs', 'list', 'ticking')).toEqual([])
  expect(json('pipelines', 'show', 'ticking')).toMatchObject({ nextTick: expect.any(Number) })
})
