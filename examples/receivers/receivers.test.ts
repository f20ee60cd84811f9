import { signedBy } from '@sluice/notify/testing'
import { loadDefinitions, loadSettings } from '@sluice/platform'
import { rootProjectFolder } from '@sluice/platform/testing'
import { expect, test } from 'vitest'
import { isTrue } from './verify.ts'

const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const [at, body] = [1_614_265_330_000, '{"test": 2432232314}']
const headers = (): Headers => new Headers(signedBy({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, body, key }))

test('a receiver takes what we sign, and nothing else', () => {
  expect(isTrue(headers(), body, key, at + 299_000)).toBe(true)
  expect(isTrue(headers(), `${body} `, key, at)).toBe(false)
  expect(isTrue(headers(), body, key.replace('M', 'N'), at)).toBe(false)
  expect(isTrue(headers(), body, key, at + 301_000)).toBe(false)
  const twice = headers()
  twice.set('webhook-signature', `v1,${'A'.repeat(43)}= ${twice.get('webhook-signature')}`)
  expect(isTrue(twice, body, key, at)).toBe(true)
  twice.delete('webhook-id')
  expect(isTrue(twice, body, key, at)).toBe(false)
})

test('the project of the guide is sound, and knows what its receivers wait for', async () => {
  await using folder = await rootProjectFolder(import.meta.dirname)
  const settings = await loadSettings({ root: folder.root, env: { OPS_SLACK_URL: 'https://hooks.slack.com/services/T0/B0/secret' } })
  const [project] = await loadDefinitions(settings)
  expect(settings.receivers.slack.ops?.waitsFor).toBeUndefined()
  expect(settings.receivers.teams.management?.waitsFor).toBe('MANAGEMENT_TEAMS_URL is not set')
  expect(project?.errors).toEqual([])
  expect(project?.specs[0]?.notify.failure).toEqual([
    { channel: 'slack', to: 'ops' },
    { channel: 'pagerduty', to: 'on-call' },
    { channel: 'webhook', to: 'portal' },
  ])
})
