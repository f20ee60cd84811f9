import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { loadSettings } from '../settings.ts'
import { type CapabilityOptions, receivedOptions } from './options.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))

let options: CapabilityOptions
beforeAll(async () => {
  const env = { COINCAP_API_KEY: 'hunter2hunter2', SLUICE_SMTP_HOST: 'smtp.example.org', SLUICE_MAIL_FROM: 'a@example.org' }
  const urls = { ownerUrl: 'postgresql://owner:hunter2@localhost/a', readerUrl: 'postgresql://reader@localhost/a' }
  options = {
    settings: await loadSettings({ root, env }),
    warehouses: { 'crypto-coincap': urls },
    duckdb: { memoryLimitMb: 512, threads: 1 },
  }
})

/** As the worker process gets them. */
const sent = (over: object = {}): unknown => structuredClone({ ...options, ...over })

test('options arrive as they were sent, with every project and setting', () => {
  expect(options.settings.projects.length).toBeGreaterThan(0)
  expect(options.settings.values.length).toBeGreaterThan(10)
  expect(receivedOptions(sent())).toEqual(options)
})

test.each([
  ['nothing', () => undefined, 'this process does not understand the options'],
  ['no limits', () => sent({ duckdb: undefined }), 'duckdb'],
  ['another place of a warehouse', () => sent({ warehouses: { a: { url: 'postgresql://hunter2' } } }), 'warehouses.a.ownerUrl'],
  ['settings without a field', () => sent({ settings: { ...options.settings, leaseMs: undefined } }), 'leaseMs'],
  ['a field of another kind', () => sent({ settings: { ...options.settings, leaseMs: 'hunter2' } }), 'leaseMs'],
  ['a setting without its candidates', () => sent({ settings: { ...options.settings, values: [{ key: 'port' }] } }), 'values.0.'],
])('%s of another version is refused with its place, and no value is shown', (_, of, place) => {
  const refusal = catching(() => receivedOptions(of()))
  expect(refusal).toMatchObject({ code: 'config.invalid', next: 'Restart Sluice, so that all its processes run the same version.' })
  expect(refusal.message).toContain(place)
  expect(JSON.stringify([refusal.message, refusal])).not.toContain('hunter2')
})

function catching(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
