import { openLoader } from '@sluice/definitions'
import { temporaryRoot } from '@sluice/definitions/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { explainAll } from './explain.ts'
import { resolveConnection } from './lookup.ts'
import { settingsOfProject } from './of-project.ts'
import { secretValues } from './secret-values.ts'
import { readSettings } from './settings.ts'
import { receivedSettings } from './settings-schema.ts'

const projectConfig = `import { basicAuth, env, httpConnection, oauth, project, secret } from 'sluice'

export default project({
  name: 'shop',
  connections: {
    till: httpConnection({ url: env('TILL_URL'), auth: basicAuth({ user: env('TILL_USER'), password: secret('TILL_PASSWORD') }) }),
    runs: httpConnection({
      url: env('RUNS_URL', { default: 'https://runs.example/v3' }),
      auth: oauth({ tokenUrl: '/oauth/token', clientId: env('RUNS_ID'), clientSecret: secret('RUNS_SECRET'), refreshToken: secret('RUNS_REFRESH') }),
      limits: [{ calls: 100, per: '15m' }, { calls: 1000, per: '1d' }],
    }),
  },
  demo: { simulators: { runs: 'runs-simulator' } },
})
`
const values = {
  ...{ TILL_URL: 'https://till.example', TILL_USER: 'ada', TILL_PASSWORD: 'hush-till' },
  ...{ RUNS_ID: 'client-1', RUNS_SECRET: 'hush-secret', RUNS_REFRESH: 'hush-refresh' },
}

let platform: Awaited<ReturnType<typeof temporaryRoot>>
beforeEach(async () => {
  platform = await temporaryRoot({
    'sluice.config.ts': "import { platform } from 'sluice'\n\nexport default platform({ projects: ['projects/shop'] })\n",
    'projects/shop/sluice.config.ts': projectConfig,
  })
})
afterEach(() => platform.remove())
const load = (env: Readonly<Record<string, string>> = values) => readSettings({ openLoader, root: platform.root, env })

it('resolves what a connection signs in with, in this process and in the workers that are sent it', async () => {
  const settings = await load()
  const sent = receivedSettings(JSON.parse(JSON.stringify(settingsOfProject(settings, 'shop'))))
  for (const known of [settings, sent]) {
    expect(resolveConnection(known, 'shop', 'till')).toMatchObject({
      ...{ url: 'https://till.example', token: undefined },
      auth: { kind: 'basic', user: 'ada', password: 'hush-till' },
    })
    expect(resolveConnection(known, 'shop', 'runs')).toMatchObject({
      auth: { kind: 'oauth', tokenUrl: '/oauth/token', clientId: 'client-1', clientSecret: 'hush-secret', refreshToken: 'hush-refresh' },
      limits: [
        { calls: 100, per: '15m' },
        { calls: 1000, per: '1d' },
      ],
    })
  }
})

it('masks what is secret of it, and shows where each value comes from', async () => {
  const settings = await load()
  expect(secretValues(settings)).toEqual(expect.arrayContaining(['hush-till', 'hush-secret', 'hush-refresh']))
  const shown = JSON.stringify(explainAll(settings))
  expect(shown).toContain('shop.connections.runs.auth.clientId')
  expect(shown).not.toMatch(/hush/)
})

it('says which variable is missing', async () => {
  const { RUNS_REFRESH: _, ...rest } = values
  const settings = await load(rest)
  expect(() => resolveConnection(settings, 'shop', 'runs')).toThrow('connection "runs" has no value: RUNS_REFRESH is not set')
})

it('a demo signs in to its simulator with the key of that, and with none of the environment', async () => {
  await platform.write({
    '.sluice/profile': 'demo\n',
    '.sluice/services.json': JSON.stringify({ simulators: { 'shop/runs': { url: 'http://127.0.0.1:4102/v3', token: 'demo-key' } } }),
  })
  // The service's own address of tokens is of another host.
  await platform.write({ 'projects/shop/sluice.config.ts': projectConfig.replace("'/oauth/token'", "'https://runs.example/oauth/token'") })
  const { url, auth } = resolveConnection(await load(), 'shop', 'runs')
  expect([url, auth]).toEqual([
    'http://127.0.0.1:4102/v3',
    { kind: 'oauth', tokenUrl: '/oauth/token', clientId: 'demo-key', clientSecret: 'demo-key', refreshToken: 'demo-key' },
  ])
})
