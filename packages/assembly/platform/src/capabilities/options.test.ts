import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { withoutSecrets } from '../secrets.ts'
import { loadSettings } from '../settings.ts'
import { type ProjectOptions, receivedOptions, receivedProject } from './options.ts'
import { projectOptions } from './project-options.ts'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
const urls = { ownerUrl: 'postgresql://owner:hunter2@localhost/a', readerUrl: 'postgresql://reader@localhost/a' }
const environment = { COINCAP_API_KEY: 'hunter2hunter2', SLUICE_SMTP_HOST: 'smtp.example.org', SLUICE_MAIL_FROM: 'a@example.org' }

const all = { lakeUrl: null, duckdb: { memoryLimitMb: 512, threads: 1 } }
let options: ProjectOptions
beforeAll(async () => {
  options = projectOptions('crypto-coincap', { settings: await loadSettings({ root, env: environment }), warehouse: urls, environment })
})

/** As the worker process gets them. */
const sent = (over: object = {}): unknown => structuredClone({ ...options, ...over })

test('options arrive as they were sent, with every setting of the project', () => {
  expect(options.settings.values.length).toBeGreaterThan(5)
  expect(receivedProject(sent())).toEqual(options)
  expect(receivedOptions(structuredClone(all))).toEqual(all)
})

test('a project is sent what is its own, and no process keeps a secret of the platform in its environment', async () => {
  const settings = await loadSettings({
    root,
    env: {
      ...environment,
      SLUICE_SMTP_USER: 'sluice',
      SLUICE_SMTP_PASSWORD: 'of the platform',
      SLUICE_DATABASE_URL: 'postgresql://u:of-the-platform@localhost/sluice',
    },
  })
  const own = projectOptions('crypto-coincap', { settings, warehouse: urls, environment })
  expect(own.environment).toEqual({ COINCAP_API_KEY: 'hunter2hunter2' })
  expect(JSON.stringify(own)).not.toMatch(/of.the.platform/)
  expect(JSON.stringify(settings)).toMatch(/of-the-platform/)
  const other = projectOptions('other', { settings, warehouse: undefined, environment })
  expect(JSON.stringify(other)).not.toContain('hunter2')
  expect([other.settings.projects, other.settings.values, other.environment]).toEqual([[], [], {}])
  const left = withoutSecrets(
    { ...environment, SLUICE_SMTP_PASSWORD: 'x', SLUICE_DATABASE_URL: 'x', PATH: '/bin', AWS_REGION: 'eu' },
    settings,
  )
  const { COINCAP_API_KEY: _, ...others } = environment
  expect(left).toEqual({ ...others, PATH: '/bin', AWS_REGION: 'eu' })
})

test.each([
  ['nothing', () => receivedOptions(undefined), 'this process does not understand the options'],
  ['no limits', () => receivedOptions({ ...all, duckdb: undefined }), 'duckdb'],
  ['no project', () => receivedProject(undefined), 'this process does not understand the options'],
  ['another place of a warehouse', () => receivedProject(sent({ warehouse: { url: 'postgresql://hunter2' } })), 'warehouse.ownerUrl'],
  ['settings without a field', () => receivedProject(sent({ settings: { ...options.settings, leaseMs: undefined } })), 'leaseMs'],
  ['a field of another kind', () => receivedProject(sent({ settings: { ...options.settings, leaseMs: 'hunter2' } })), 'leaseMs'],
  [
    'a setting without its candidates',
    () => receivedProject(sent({ settings: { ...options.settings, values: [{ key: 'port' }] } })),
    'values.0.',
  ],
])('%s of another version is refused with its place, and no value is shown', (_, receive, place) => {
  const refusal = catching(receive)
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
