import { describe, expect, it } from 'vitest'
import { explain } from './explain.ts'
import { secretValues } from './secret-values.ts'
import { platformConfig, usingPlatform } from './testing/platform.ts'

const { load, failure, ...platform } = usingPlatform()

describe('receivers of messages', () => {
  const told = (receivers: string): Record<string, string> => ({
    'sluice.config.ts': platformConfig
      .replace('{ platform }', '{ env, platform, secret }')
      .replace('port:', `receivers: ${receivers},\n  port:`),
  })
  const slack = told("{ slack: { ops: { url: secret('OPS_URL') } }, webhook: { hub: { url: secret('HUB_URL'), key: secret('HUB_KEY') } } }")

  it('come from the environment and are secrets; one that is not set waits', async () => {
    await platform.write(slack)
    const settings = await load({ OPS_URL: 'https://hooks.slack.com/services/T0/B0/x1y2z3', HUB_URL: 'http://127.0.0.1:9/hook' })
    expect(settings.receivers.slack.ops).toEqual({ url: 'https://hooks.slack.com/services/T0/B0/x1y2z3', key: null })
    expect(settings.receivers.webhook.hub).toEqual({ url: 'http://127.0.0.1:9/hook', key: null, waitsFor: 'HUB_KEY is not set' })
    expect(secretValues(settings)).toContain('https://hooks.slack.com/services/T0/B0/x1y2z3')
    expect(explain(settings, 'receivers.slack.ops.url')[0]).toMatchObject({ env: 'OPS_URL', secret: true, source: 'environment' })
  })

  it('get nothing from the demo', async () => {
    await platform.write({ ...slack, '.sluice/profile': 'demo', '.sluice/services.json': '{}' })
    expect((await load({ OPS_URL: 'https://hooks.slack.com/x' })).receivers.slack.ops).toMatchObject({
      waitsFor: 'the demo tells nobody outside',
    })
  })

  it.each([
    ['http://hooks.example.org/secret-path', /receivers.slack.ops.url: http:\/\/ could be read/],
    ['hooks.slack.com/secret-path', /it is not a URL/],
    ['https://me:hunter22@hooks.example.org/secret-path', /it holds a name or a password/],
    ['https://169.254.169.254/secret-path', /nobody reads messages/],
    ['file:///secret-path', /file:\/\/ could be read/],
  ])('are not reached at %s, which is not shown', async (url, message) => {
    await platform.write(slack)
    const error = await failure({ OPS_URL: url })
    expect(error).toMatchObject({ code: 'config.invalid', message: expect.stringMatching(message) })
    expect(JSON.stringify(error)).not.toMatch(/secret-path|hunter22/)
  })

  it.each([
    ["{ slack: { ops: { url: env('OPS_URL') } } }", /receivers.slack.ops.url: expected secret\('NAME'\)/],
    ["{ slak: { ops: { url: secret('OPS_URL') } } }", /receivers/],
    [
      "{ slack: { ops: { url: secret('OPS_URL'), template: { text: '{subjct}' } } } }",
      /receivers.slack.ops: "\{subjct\}" stands for nothing/,
    ],
  ])('are refused as %s, with the line', async (receivers, message) => {
    await platform.write(told(receivers))
    expect(await failure()).toMatchObject({ code: 'config.invalid', message: expect.stringMatching(message), facts: { line: 5 } })
  })
})
