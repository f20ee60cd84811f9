import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { graphOf, pipeline, task } from '@sluice/author'
import { cron } from '@sluice/core'
import { type Engine, openEngine, publishVersion } from '@sluice/engine'
import { openPool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { type Client, createClient } from '../client/client.ts'
import { answeringRole } from '../testing/answering-role.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { inProcessTransport } from './in-process.ts'

/** Every answer of the real engine goes through the schemas of the document: `verifyAnswers`. */
let database: TestDatabase
let role: Awaited<ReturnType<typeof answeringRole>>
let engine: Engine
let client: Client

const first = task({ name: 'first', run: () => ({ rows: 1 }) })
const second = task({ name: 'second', needs: { first }, run: () => null })
const sales = pipeline({
  name: 'sales',
  description: 'Sales of a day',
  schedule: cron('0 * * * *'),
  tags: ['money'],
  params: { full: false, note: null, deep: [] },
  steps: [second],
})

beforeAll(async () => {
  database = await testDatabase()
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-serve-'))
  role = await answeringRole(database)
  engine = await openEngine(role.url, { upToDate: true })
  const pool = openPool(database.url)
  await publishVersion(
    pool,
    {
      project: 'shop',
      timeZone: 'Europe/Paris',
      version: 'a'.repeat(16),
      specs: [graphOf(sales).spec],
      files: { sales: '/nowhere/pipelines/sales.ts' },
      sources: { sales: 'pipelines/sales.ts' },
      errors: [
        { project: 'shop', file: 'pipelines/broken.ts', line: 3, column: 7, message: 'boom', next: 'Correct it.', frame: '> 3 | boom' },
      ],
    },
    Date.UTC(2026, 10, 20),
  )
  await pool.end()
  const app = createApp(
    servicesWith({ engine, info: { version: '0', stateDir, profile: 'live', projects: [], folders: {}, ready: async () => true } }),
    {
      access: createAccess('k'.repeat(43)),
      verifyAnswers: true,
      onError: (error) => {
        throw error
      },
    },
  )
  client = createClient(inProcessTransport(app))
})

afterAll(async () => {
  await engine.close()
  await role.drop()
})

test('pipelines with their tasks, and the errors of definitions', async () => {
  const { items } = await client.pipelines.list()
  expect(items).toMatchObject([{ project: 'shop', name: 'sales', paused: false, timeZone: 'Europe/Paris', tags: ['money'] }])
  const { spec } = await client.pipelines.show({ params: { pipeline: 'sales' } })
  expect(spec.tasks.map(({ name, upstream }) => [name, upstream])).toEqual([
    ['first', []],
    ['second', ['first']],
  ])
  expect((await client.pipelines.errors()).items).toMatchObject([{ file: 'pipelines/broken.ts', line: 3, column: 7 }])
  expect((await client.pipelines.list({ query: { project: 'other' } })).items).toEqual([])
})

test('an unknown pipeline is answered with the near one, an unknown run with 404', async () => {
  await expect(client.pipelines.trigger({ params: { pipeline: 'slaes' }, body: {} })).rejects.toMatchObject({
    code: 'not_found',
    next: 'Did you mean sales?',
    facts: { status: 404 },
  })
  await expect(client.runs.show({ params: { run: 'none' } })).rejects.toMatchObject({ code: 'not_found' })
})

test('pause and unpause', async () => {
  const change = (paused: boolean) => client.pipelines.change({ params: { pipeline: 'sales' }, body: { paused } })
  expect((await change(true)).paused).toBe(true)
  expect((await change(false)).paused).toBe(false)
})

test('a run from its trigger to its end by hand, with attempts, marks and clears', async () => {
  const run = await client.pipelines.trigger({
    params: { pipeline: 'sales' },
    body: { params: { full: true, note: 'größer', deep: [1, { a: null }] }, logicalTime: '2026-11-20T08:00:00Z' },
  })
  expect(run).toMatchObject({ trigger: 'manual', logicalTime: Date.UTC(2026, 10, 20, 8), params: { full: true, deep: [1, { a: null }] } })
  await expect(client.pipelines.trigger({ params: { pipeline: 'sales' }, body: { params: { ful: true } } })).rejects.toMatchObject({
    code: 'request.invalid',
    message: 'sales has no parameter "ful"',
    next: expect.stringContaining('Did you mean full?'),
    facts: { status: 400 },
  })
  const where = { run: run.id, task: 'first' }
  expect((await client.tasks.attempts({ params: where })).items).toEqual([])
  await expect(client.tasks.log({ params: where })).rejects.toMatchObject({ code: 'not_found', message: 'task first has not run yet' })
  expect((await client.tasks.mark({ params: where, body: { state: 'success' } })).state).toBe('success')
  expect((await client.tasks.clear({ params: where, body: {} })).cleared).toEqual(['first', 'second'])
  const waiting = client.runs.wait(run.id)
  expect((await client.runs.cancel({ params: { run: run.id } })).id).toBe(run.id)
  const ended = await waiting
  expect([ended.state, ended.taskRuns.map(({ state }) => state)]).toEqual(['cancelled', ['cancelled', 'cancelled']])
})

test('backfills, dry and real, and pages of runs that meet without gap or repetition', async () => {
  const body = { start: '2026-11-19T00:00:00Z', end: '2026-11-19T05:00:00Z' }
  const dry = await client.pipelines.backfill({ params: { pipeline: 'sales' }, body: { ...body, dryRun: true } })
  expect(dry.created).toHaveLength(5)
  const real = await client.pipelines.backfill({ params: { pipeline: 'sales' }, body })
  expect(real.created).toEqual(dry.created)
  expect((await client.pipelines.backfill({ params: { pipeline: 'sales' }, body })).existing).toHaveLength(5)

  const seen: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.runs.list({ query: { pipeline: 'sales', limit: 2, cursor } })
    seen.push(...page.items.map(({ id }) => id))
    if (page.next === null) break
    cursor = page.next
  }
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen).toHaveLength(6)
  await expect(
    client.pipelines.backfill({ params: { pipeline: 'sales' }, body: { start: body.end, end: body.start } }),
  ).rejects.toMatchObject({ code: 'request.invalid' })
})

test('the ledger answers with a page', async () => {
  expect(await client.ledger.list({ query: { project: 'shop', limit: 5 } })).toEqual({ items: [], next: null })
})
