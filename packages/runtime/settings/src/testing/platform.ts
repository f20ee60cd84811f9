import { openLoader } from '@sluice/definitions'
import { temporaryRoot } from '@sluice/definitions/testing'
import { afterEach, beforeEach } from 'vitest'
import { readSettings } from '../settings.ts'

export const platformConfig = `import { platform } from 'sluice'

export default platform({
  projects: ['projects/shop'],
  port: 4300,
})
`
export const projectConfig = `import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'shop',
  timeZone: 'Europe/Paris',
  connections: {
    api: httpConnection({ url: env('SHOP_URL', { default: 'https://api.example' }), token: secret('SHOP_TOKEN') }),
  },
  variables: { currency: env('SHOP_CURRENCY', { default: 'EUR' }), region: env('SHOP_REGION') },
  secrets: { salt: secret('SHOP_SALT') },
  demo: { simulators: { api: 'shop-simulator' } },
})
`

type Values = Readonly<Record<string, string>>

/** For each test of a file a platform of its own on disk, with a project; and its settings as an environment leaves them. */
export function usingPlatform() {
  let platform: Awaited<ReturnType<typeof temporaryRoot>>
  beforeEach(async () => {
    platform = await temporaryRoot({ 'sluice.config.ts': platformConfig, 'projects/shop/sluice.config.ts': projectConfig })
  })
  afterEach(() => platform.remove())
  const load = (env: Values = {}) => readSettings({ openLoader, root: platform.root, env })
  return {
    root: () => platform.root,
    write: (files: Values) => platform.write(files),
    load,
    /** What refuses the settings. */
    failure: async (env: Values = {}) =>
      await load(env).then(
        () => {
          throw new Error('the settings were accepted')
        },
        (error: unknown) => error,
      ),
  }
}
