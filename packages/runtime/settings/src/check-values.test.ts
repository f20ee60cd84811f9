import { openLoader } from '@sluice/definitions'
import { temporaryRoot } from '@sluice/definitions/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkValues } from './check-values.ts'
import { readSettings } from './settings.ts'

let platform: Awaited<ReturnType<typeof temporaryRoot>>
beforeEach(async () => {
  platform = await temporaryRoot({
    'sluice.config.ts': "import { platform } from 'sluice'\n\nexport default platform({ projects: ['projects/shop'] })\n",
    'projects/shop/sluice.config.ts': `import { budget, env, httpConnection, postgresConnection, project, secret } from 'sluice'
export default project({
  name: 'shop',
  connections: {
    api: httpConnection({ url: env('SHOP_URL', { default: 'https://api.example' }) }),
    db: postgresConnection({ url: env('SHOP_DB') }),
    hidden: postgresConnection({ url: secret('SHOP_HIDDEN') }),
  },
  budgets: {
    api: budget({
      connection: 'api',
      creditsPerMonth: env('SHOP_CREDITS'),
      tariff: { perCall: 1, bytesPerCredit: 2500 },
      reserve: 0,
      onExceeded: 'refuse',
      uses: [{ pipeline: 'p', perRun: [{ items: env('SHOP_ITEMS', { default: '120' }), itemsPerCall: 100, bytesPerItem: 450 }] }],
    }),
  },
})
`,
  })
})
afterEach(() => platform.remove())

const check = async (env: Readonly<Record<string, string>>) => checkValues(await readSettings({ openLoader, root: platform.root, env }))

test('defaults and values that nobody set are accepted', async () => {
  await check({})
  await check({ SHOP_CREDITS: '2500', SHOP_ITEMS: '10', SHOP_URL: 'http://127.0.0.1:1/v3', SHOP_DB: 'postgres://u:p@h/db' })
})

test.each([
  [{ SHOP_CREDITS: '2500', SHOP_ITEMS: 'many' }, 'expected a whole number of at least 1, found "many"', 'SHOP_ITEMS'],
  [{ SHOP_CREDITS: '2500', SHOP_ITEMS: '0' }, 'found "0"', 'SHOP_ITEMS'],
  [{ SHOP_CREDITS: '1e3' }, 'found "1e3"', 'SHOP_CREDITS'],
  [{ SHOP_URL: 'api.example' }, 'SHOP_URL: shop.connections.api.url: expected an http or https URL, found "api.example"', 'SHOP_URL'],
  [{ SHOP_URL: 'ftp://api.example' }, 'expected an http or https URL', 'SHOP_URL'],
  [{ SHOP_DB: 'mysql://u:hunter22@h/db' }, 'expected a URL such as postgres://', 'SHOP_DB'],
  [{ SHOP_HIDDEN: 'https://h/db' }, 'shop.connections.hidden.url: expected a URL such as postgres://', 'SHOP_HIDDEN'],
])('%j is told with its variable', async (env, message, variable) => {
  await expect(check(env)).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining(message),
    facts: { variable },
    next: expect.stringContaining(variable),
  })
})
