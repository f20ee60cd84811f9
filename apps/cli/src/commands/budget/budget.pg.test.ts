import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'

/** A project that spends 19 credits a run of 100 items, half-hourly, out of 40; with an upstream that needs no network. */
const project = `import { budget, env, httpConnection, project } from 'sluice'
export default project({
  name: 'shop',
  connections: { till: httpConnection({ url: env('SHOP_URL', { default: 'http://127.0.0.1:9' }) }) },
  budgets: {
    till: budget({
      connection: 'till',
      creditsPerMonth: env('SHOP_CREDITS', { default: '40' }),
      tariff: { perCall: 1, bytesPerCredit: 2500 },
      onExceeded: env('SHOP_BUDGET_MODE', { default: 'refuse' }),
      uses: [{
        pipeline: 'sales',
        perRun: [{ items: env('SHOP_ITEMS', { default: '100' }), itemsPerCall: 100, bytesPerItem: 450 }],
        degraded: [{ items: 10, itemsPerCall: 100, bytesPerItem: 450 }],
      }],
    }),
  },
})
`
const sales = `import { cron, dataset, pipeline, raw, task } from 'sluice'
const till = dataset('bronze.till', { on: 'lake', bodies: raw() })
const land = task({
  name: 'land',
  fills: [till],
  run: (_, { lake, budget, run }) => lake.land(till, (async function* () {
    const { degraded, cost } = await budget('till').admit()
    yield { source: 'till', request: 'GET /till', receivedAt: run.logicalTime, body: degraded ? '{"items":10}' : '{"items":100}', credits: cost }
  })()),
})
export default pipeline({ name: 'sales', schedule: cron('*/30 * * * *'), steps: [land] })
`

let platform: PlatformOnDisk

beforeAll(async () => {
  platform = await platformOnDisk({
    'sluice.config.ts': "import { platform } from 'sluice'\nexport default platform({ projects: ['projects/shop'], port: 0 })\n",
    'projects/shop/package.json': '{ "name": "shop", "type": "module" }',
    'projects/shop/sluice.config.ts': project,
    'projects/shop/pipelines/sales.ts': sales,
  })
})

afterAll(async () => {
  await platform[Symbol.asyncDispose]()
})

const jsonOf = (...args: readonly string[]): unknown => JSON.parse(platform.sluice(...args, '--json').stdout)

test('the plan says that the cadence does not fit, and what does', () => {
  const { status, stdout } = platform.sluice('budget', 'plan', 'shop')
  expect(status).toBe(0)
  expect(stdout).toMatch(/PIPELINE +SCHEDULE +ITEMS +BYTES AN ITEM +CREDITS A RUN/)
  expect(stdout).toMatch(/Budget till: \S+ credits a month do not fit 40: \d+ times as many\./)
  expect(jsonOf('budget', 'plan')).toMatchObject([
    {
      budget: 'till',
      creditsPerMonth: 40,
      thirtyDays: 27_360,
      fits: false,
      uses: [{ cron: '*/30 * * * *', items: 100, creditsPerRun: 19 }],
    },
  ])
  expect(jsonOf('budget', 'plan', 'shop', '--every', '1d', '--assets', '1')).toMatchObject([
    { uses: [{ cron: '0 0 * * *', items: 1, creditsPerRun: 2 }] },
  ])
})

test('a cadence that does not divide a day, and a project that there is not, are refused', () => {
  expect(platform.sluice('budget', 'plan', 'shop', '--every', '7m')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('cannot be divided into 7m'),
  })
  expect(platform.sluice('budget', 'status', 'shoe').stderr).toContain('there is no project "shoe"')
})

test('activating the pipeline warns in one line, and still activates it', () => {
  platform.sluice('pipelines', 'pause', 'sales')
  const { status, stdout, stderr } = platform.sluice('pipelines', 'unpause', 'sales')
  expect([status, stdout]).toEqual([0, 'shop:sales is active\n'])
  expect(stderr).toMatch(/^warning: budget till: \S+ credits a month do not fit 40; see what fits with "npx sluice budget plan shop"$/m)
})

test('the guard counts the receipts and refuses the run that would exceed them; nothing is landed', async () => {
  expect(platform.sluice('pipelines', 'run', 'sales')).toMatchObject({ status: 0 })
  expect(platform.sluice('pipelines', 'run', 'sales')).toMatchObject({ status: 0 })
  platform.sluice('pipelines', 'pause', 'sales')
  expect(jsonOf('budget', 'status', 'shop')).toMatchObject([
    { spent: 38, remaining: 2, projected: 38, lasts: true, byPipeline: [{ pipeline: 'sales', credits: 38, batches: 2, runsLeft: 0 }] },
  ])
  platform.sluice('pipelines', 'unpause', 'sales')
  const refused = platform.sluice('pipelines', 'run', 'sales')
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('budget till: 38 of 40 credits are spent this month, these calls cost 19 more; it renews on ')
  platform.sluice('pipelines', 'pause', 'sales')
  expect(jsonOf('budget', 'status')).toMatchObject([{ spent: 38 }])
  expect(platform.sluice('budget', 'status', 'shop').stdout).toMatch(
    /spent +38 of 40, 2 left[\s\S]*Budget till lasts to the end of the month\./,
  )

  await platform.write('.env', 'SHOP_BUDGET_MODE=warn\n')
  platform.sluice('pipelines', 'unpause', 'sales')
  expect(platform.sluice('pipelines', 'run', 'sales')).toMatchObject({ status: 0 })
  expect(platform.sluice('tasks', 'logs', 'sales', 'land').stdout).toContain('budget till is exceeded: 38 of 40 credits')
  expect(jsonOf('budget', 'status')).toMatchObject([{ spent: 57, remaining: 0, lasts: false }])
})

test('settings of a budget that make no sense are named with their variable', async () => {
  await platform.write('.env', 'SHOP_CREDITS=many\n')
  expect(platform.sluice('budget', 'plan', 'shop').stderr).toMatch(
    /creditsPerMonth: expected a whole number of at least 0, found "many"[\s\S]*SHOP_CREDITS/,
  )
  await platform.write('.env', 'SHOP_BUDGET_MODE=stop\n')
  expect(platform.sluice('budget', 'plan', 'shop').stderr).toContain('expected refuse, degrade, warn, found "stop"')
  expect(platform.sluice('pipelines', 'unpause', 'sales')).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('cannot be planned'),
  })
})
