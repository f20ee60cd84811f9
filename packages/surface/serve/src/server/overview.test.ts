import type { PipelineSummary, RunDetail, RunSummary } from '@sluice/engine'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { ownerToken } from '../access/sub-keys.ts'
import { aRun, aRunDetail, aTaskRun } from '../testing/samples.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'

const key = 'k'.repeat(43)
const html = { host: 'localhost', accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const owner = { ...html, authorization: `Bearer ${ownerToken(key)}` }

const failedRun: RunSummary = {
  ...aRun,
  id: 'mx26bh0rtyhe',
  pipeline: 'nightly',
  state: 'failed',
  endedAt: 1_795_228_300_000,
  tasks: { failed: 1 },
}
const oldFailure: RunSummary = { ...failedRun, id: 'mx26bh0rtyha', pipeline: 'sales' }
const failedDetail: RunDetail = {
  ...aRunDetail,
  ...failedRun,
  taskRuns: [
    { ...aTaskRun, state: 'success', endedAt: 1 },
    {
      ...aTaskRun,
      task: 'load',
      state: 'failed',
      error: { code: 'http.status', kind: 'retryable', message: 'the API answered <429>', next: 'Wait until "18:47".' },
    },
  ],
}
const pipelineOf = (name: string, lastRun: RunSummary | null): PipelineSummary => ({
  project: 'shop',
  name,
  description: null,
  paused: false,
  schedule: '0 * * * *',
  timeZone: 'UTC',
  tags: [],
  version: 'abc',
  nextTick: Date.now() + 600_000,
  lastRun,
  changedBy: null,
})

const appWith = (pipelines: readonly PipelineSummary[], running: readonly RunSummary[] = [], errors: readonly object[] = []) =>
  createApp(
    servicesWith({
      engine: {
        pipelines: async () => [...pipelines],
        runs: async (filter) => ({ items: filter?.state === 'failed' ? [failedRun, oldFailure] : [...running], next: null }),
        run: async () => failedDetail,
        definitionErrors: async () => errors as never,
      },
    }),
    { access: createAccess(key), verifyAnswers: true },
  )
const pageOf = async (app: ReturnType<typeof appWith>, path = '/', headers: Record<string, string> = owner) => {
  const response = await app.request(path, { headers })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('whoever is not signed in finds the way in at the front page, and nothing else', async () => {
  const app = appWith([pipelineOf('nightly', failedRun)])
  const front = await pageOf(app, '/', html)
  expect([front.status, front.text]).toEqual([200, expect.stringMatching(/action="\/login"[\s\S]*sluice login/)])
  expect(front.text).not.toContain('nightly')
  const run = await pageOf(app, '/runs/mx26bh0rtyhe', html)
  expect([run.status, run.text.includes('nightly'), run.text.includes('action="/login"')]).toEqual([401, false, true])
})

test('the front page says first who needs somebody, why, and what to do, then what runs and what comes', async () => {
  const { status, type, text } = await pageOf(
    appWith([pipelineOf('sales', { ...aRun, state: 'running' }), pipelineOf('nightly', failedRun)], [aRun]),
  )
  expect([status, type]).toEqual([200, 'text/html; charset=UTF-8'])
  expect(text).toContain('<h1>1 pipeline needs you. 1 run is under way.</h1>')
  expect(text).toMatch(/<code>load<\/code> the API answered &#60;429&#62;<br><span class="quiet">Wait until &#34;18:47&#34;\./)
  expect(text).toContain('href="/runs/mx26bh0rtyhe"')
  expect(text).toContain('It failed, and has ended well since.')
  expect(text).toContain('0 of 1 tasks done')
  expect(text).toMatch(/in \d+m/)
  expect(text).not.toMatch(/<script|style="|\{"items"/)
})

test('a front page on which all is well says so, and an empty one says what will stand there', async () => {
  const well = { ...aRun, state: 'success', endedAt: 1_795_228_300_000 } as const
  expect((await pageOf(appWith([pipelineOf('sales', well)]))).text).toContain('<h1>All is well.</h1>')
  const empty = await pageOf(appWith([]))
  expect(empty.text).toMatch(/There are no pipelines yet\.[\s\S]*npx sluice validate/)
})

test('definitions that do not load are shown with their place and the way out', async () => {
  const error = { project: 'shop', file: 'pipelines/a.ts', line: 3, column: 1, message: 'boom', next: 'Correct it.', frame: null }
  const { text } = await pageOf(appWith([], [], [error]))
  expect(text).toMatch(/1 definition does not load\.[\s\S]*pipelines\/a\.ts:3[\s\S]*boom[\s\S]*Correct it\./)
})

test('from a failed run on the front page to why it failed is one click', async () => {
  const { text } = await pageOf(appWith([pipelineOf('nightly', failedRun)]), '/runs/mx26bh0rtyhe')
  expect(text).toMatch(/role="alert"><code>load<\/code> <strong>the API answered &#60;429&#62;<\/strong> Wait until/)
  expect(text).toContain('href="/runs/mx26bh0rtyhe/tasks/load"')
})

test('a page that cannot be made is a page that says why', async () => {
  const app = createApp(servicesWith({ engine: { pipelines: () => Promise.reject(new Error('secret detail')) } }), {
    access: createAccess(key),
  })
  const { status, type, text } = await pageOf(app)
  expect([status, type, text.includes('role="alert"'), text.includes('secret')]).toEqual([500, 'text/html; charset=UTF-8', true, false])
})
