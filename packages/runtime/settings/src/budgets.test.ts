import { openLoader } from '@sluice/definitions'
import { temporaryRoot } from '@sluice/definitions/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveBudget, resolveBudgets } from './budgets.ts'
import { explain } from './explain.ts'
import { readSettings } from './settings.ts'

const projectConfig = `import { budget, env, httpConnection, project } from 'sluice'
const items = env('SHOP_ITEMS', { default: '120' })
export default project({
  name: 'shop',
  connections: { api: httpConnection({ url: env('SHOP_URL', { default: 'https://api.example' }) }) },
  budgets: {
    api: budget({
      connection: 'api',
      creditsPerMonth: env('SHOP_CREDITS'),
      tariff: { perCall: 1, bytesPerCredit: env('SHOP_BYTES', { default: '2500' }) },
      reserve: 0.35,
      onExceeded: env('SHOP_MODE', { default: 'refuse' }),
      uses: [{ pipeline: 'p', perRun: [{ calls: 1, bytesPerCall: 450 }, { items, itemsPerCall: 100, bytesPerItem: 450 }] }],
    }),
  },
  demo: { simulators: { api: 'shop-simulator' } },
})
`

let platform: Awaited<ReturnType<typeof temporaryRoot>>

beforeEach(async () => {
  platform = await temporaryRoot({
    'sluice.config.ts': "import { platform } from 'sluice'\n\nexport default platform({ projects: ['projects/shop'] })\n",
    'projects/shop/sluice.config.ts': projectConfig,
  })
})
afterEach(() => platform.remove())

const load = (env: Readonly<Record<string, string>> = {}) =>
  readSettings({ openLoader, root: platform.root, env: { SHOP_CREDITS: '2500', ...env } })

describe('a budget', () => {
  it('has its numbers from the configuration, the environment and .env, each explained by its place', async () => {
    await platform.write({ '.env': 'SHOP_ITEMS=50\n' })
    const settings = await load()
    expect(resolveBudgets(settings, 'shop')).toEqual([
      {
        name: 'api',
        connection: 'api',
        creditsPerMonth: 2_500,
        tariff: { perCall: 1, bytesPerCredit: 2_500 },
        reserve: 0.35,
        onExceeded: 'refuse',
        uses: [
          {
            pipeline: 'p',
            perRun: [
              { calls: 1, bytesPerCall: 450 },
              { items: 50, itemsPerCall: 100, bytesPerItem: 450 },
            ],
          },
        ],
      },
    ])
    expect(explain(settings, 'SHOP_ITEMS')).toMatchObject([{ key: 'shop.budgets.api.uses.0.perRun.1.items', value: '50', where: '.env:1' }])
  })

  it.each([
    [{ SHOP_CREDITS: '' }, 'config.missing', /creditsPerMonth has no value: SHOP_CREDITS is not set/],
    [{ SHOP_CREDITS: '2.5k' }, 'config.invalid', /creditsPerMonth: expected a whole number of at least 0, found "2.5k"/],
    [{ SHOP_BYTES: '0' }, 'config.invalid', /tariff.bytesPerCredit: expected a whole number of at least 1/],
    [{ SHOP_MODE: 'stop' }, 'config.invalid', /onExceeded: expected refuse, degrade, warn, found "stop"/],
  ] as const)('with %o is refused, its variable named', async (env, code, message) => {
    const settings = await load(env)
    expect(() => resolveBudget(settings, 'shop', 'api')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message), next: expect.stringMatching(/SHOP_/) }),
    )
  })

  it('that is not declared is answered with those that are', async () => {
    const settings = await load()
    expect(() => resolveBudget(settings, 'shop', 'apo')).toThrow(
      expect.objectContaining({ code: 'not_found', next: expect.stringMatching(/declared are api/) }),
    )
  })

  it('only warns in the demo, where a simulator gives for nothing, unless the environment says otherwise', async () => {
    await platform.write({ '.sluice/profile': 'demo\n', '.sluice/services.json': '{ "simulators": {} }' })
    expect(resolveBudget(await load(), 'shop', 'api').onExceeded).toBe('warn')
    expect(explain(await load(), 'SHOP_MODE')[0]?.source).toBe('demo')
    expect(resolveBudget(await load({ SHOP_MODE: 'degrade' }), 'shop', 'api').onExceeded).toBe('degrade')
    await platform.write({ 'projects/shop/sluice.config.ts': projectConfig.replace("{ api: 'shop-simulator' }", '{}') })
    expect(resolveBudget(await load(), 'shop', 'api').onExceeded).toBe('refuse')
  })

  it('written wrongly is refused with its line', async () => {
    await platform.write({ 'projects/shop/sluice.config.ts': projectConfig.replace("env('SHOP_CREDITS')", "'2500'") })
    await expect(load()).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(/budgets.api.creditsPerMonth: expected a number or env\('NAME'\)/),
      facts: { line: 9 },
    })
  })
})
