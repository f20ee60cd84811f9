import { triggerRules } from '@sluice/author'
import { migrateDown, migrateUp, withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { decide } from '../plan/trigger.ts'
import { publishVersion } from './definitions.ts'
import { stateHistory } from './migrate.ts'

let t: TestEngine
beforeAll(async () => {
  t = await testEngine()
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

const tasks = [taskSpec('a'), taskSpec('b', ['a'])]
const now = Date.UTC(2026, 0, 1)
const hourly = { cron: '0 * * * *' }
const publish = (
  project: string,
  version: string,
  names: readonly string[],
  rest: Partial<Parameters<typeof publishVersion>[1]> = {},
  at = now,
) =>
  publishVersion(
    t.pool,
    {
      project,
      timeZone: 'Europe/Paris',
      version,
      specs: names.map((name) => pipelineSpec(name, tasks, { schedule: hourly })),
      files: Object.fromEntries(names.map((name) => [name, `/s/versions/${version}/folder/pipelines/${name}.ts`])),
      errors: [],
      ...rest,
    },
    at,
  )
const names = async (project: string): Promise<readonly string[]> =>
  (await t.engine.pipelines()).filter((each) => each.project === project).map(({ name, version }) => `${name}@${version}`)

test('the state goes up, down and up again', async () => {
  await using database = await testDatabase()
  const { migrations, functions, schema } = await stateHistory()
  await migrateUp(database.url, migrations, { schema, functions })
  await migrateDown(database.url, migrations, 'none', { schema })
  await withSession(database.url, async (session) => {
    const left = await session.query("select relname from pg_class where relnamespace = 'sluice'::regnamespace and relkind in ('r', 'S')")
    expect(left).toEqual([{ relname: 'sluice_migrations' }])
    expect(await session.query("select proname from pg_proc where pronamespace = 'sluice'::regnamespace")).toEqual([])
  })
  expect(await migrateUp(database.url, migrations, { schema, functions })).toHaveLength(migrations.length + functions.length)
})

test('the decision of the trigger rules is the same in SQL and in the planner, for every rule and all counts up to three', async () => {
  const rows = await t.pool.query<{
    rule: (typeof triggerRules)[number]
    upstream: number
    ok: number
    bad: number
    skipped: number
    is: string
  }>(
    `select rule, ok + bad + skipped + open as upstream, ok, bad, skipped, sluice.decide(rule, ok + bad + skipped + open, ok, bad, skipped) as is
     from unnest($1::text[]) rule, generate_series(0, 3) ok, generate_series(0, 3) bad, generate_series(0, 3) skipped, generate_series(0, 2) open`,
    [triggerRules],
  )
  expect(rows).toHaveLength(4 * 64 * 3)
  for (const { rule, is, ...above } of rows) expect(is, JSON.stringify({ rule, ...above })).toBe(decide(rule, above))
})

test('a publication makes a new version current; the same version again changes nothing; a pipeline that is gone is not listed', async () => {
  await publish('one', 'h1', ['x', 'y'])
  await publish('one', 'h1', ['x', 'y'])
  expect(await names('one')).toEqual(['x@h1', 'y@h1'])
  await publish('one', 'h2', ['x'])
  expect(await names('one')).toEqual(['x@h2'])
  await publish('one', 'h3', ['x', 'y'])
  expect(await names('one')).toEqual(['x@h3', 'y@h3'])
})

test('the pipelines of a broken file keep their last good version while the error is listed', async () => {
  await publish('two', 'g1', ['x', 'y'])
  const error = { project: 'two', file: 'pipelines/y.ts', line: 3, column: 7, message: 'no', next: 'Correct it.', frame: null }
  await publish('two', 'g2', ['x'], { errors: [error] })
  expect(await names('two')).toEqual(['x@g2', 'y@g1'])
  expect((await t.engine.definitionErrors()).filter(({ project }) => project === 'two')).toEqual([error])
  await publish('two', 'g3', ['x', 'y'])
  expect((await t.engine.definitionErrors()).filter(({ project }) => project === 'two')).toEqual([])
})

test('a new pipeline and a changed schedule owe no ticks of the past; an unchanged schedule continues where it was', async () => {
  const next = async () => (await t.engine.pipeline({ project: 'three', pipeline: 'x' })).nextTick
  await publish('three', 'f1', ['x'])
  expect(await next()).toBe(now + 3_600_000)
  await publish('three', 'f2', ['x'], {}, now + 10 * 3_600_000)
  expect(await next()).toBe(now + 3_600_000)
  const quarterly = [pipelineSpec('x', tasks, { schedule: { cron: '*/15 * * * *' } })]
  await publish('three', 'f3', ['x'], { specs: quarterly }, now + 10 * 3_600_000)
  expect(await next()).toBe(now + 10 * 3_600_000 + 900_000)
})

test('the scheduler makes no runs of a pipeline that is run by backfill alone, and it owes none when that ends', async () => {
  const at = async () => (await t.engine.pipeline({ project: 'nine', pipeline: 'x' })).nextTick
  await publish('nine', 'a1', ['x'])
  expect(await at()).toBe(now + 3_600_000)
  await publish('nine', 'a2', ['x'], { backfillOnly: ['x'] }, now + 10 * 3_600_000)
  expect(await at()).toBeNull()
  const hour = { start: now + 3_600_000, end: now + 3_600_001 }
  expect((await t.engine.backfill({ project: 'nine', pipeline: 'x' }, hour)).created).toEqual([now + 3_600_000])
  await publish('nine', 'a3', ['x'], {}, now + 10 * 3_600_000)
  expect(await at()).toBe(now + 11 * 3_600_000)
})

test('a paused pipeline has no next tick and can still be triggered', async () => {
  await publish('four', 'e1', ['alone'])
  expect(await t.engine.setPaused({ pipeline: 'alone' }, true)).toMatchObject({ paused: true, nextTick: null })
  expect((await t.engine.trigger({ pipeline: 'alone' })).state).toBe('queued')
})

test('a definition that the database refuses is an error of its file; the others are published, and it keeps its last good version', async () => {
  await publish('apart', 'r1', ['fine', 'odd'])
  const specs = [
    pipelineSpec('odd', tasks, { description: 'a\0b' }),
    pipelineSpec('fine', tasks),
    pipelineSpec('half', tasks, { params: { x: '\ud800' } }),
    pipelineSpec('wide', [{ ...taskSpec('a'), pool: { name: 'wide', slots: 2 ** 40 } }]),
  ]
  const files = Object.fromEntries(specs.map(({ name }) => [name, `/s/versions/r2/folder/pipelines/${name}.ts`]))
  const broken = { project: 'apart', file: 'pipelines/broken.ts', line: 1, column: 2, message: 'thrown: \0', next: null, frame: '> 1 | \0' }
  await publish('apart', 'r2', [], { specs, files, errors: [broken] })
  expect(await names('apart')).toEqual(['fine@r2', 'odd@r1'])
  const errors = (await t.engine.definitionErrors()).filter(({ project }) => project === 'apart')
  expect(errors.map(({ file, message }) => `${file} ${message.split(':')[0]}`)).toEqual([
    'pipelines/broken.ts thrown',
    'pipelines/half.ts pipeline "half" could not be published',
    'pipelines/odd.ts pipeline "odd" could not be published',
    'pipelines/wide.ts pipeline "wide" could not be published',
  ])
})

test('an unknown pipeline and an ambiguous name are told apart', async () => {
  await publish('five', 'd1', ['shared'])
  await publish('six', 'd2', ['shared'])
  await expect(t.engine.trigger({ pipeline: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(t.engine.trigger({ pipeline: 'shared' })).rejects.toThrow('several projects')
  expect(await t.engine.trigger({ project: 'six', pipeline: 'shared' })).toMatchObject({ project: 'six' })
})

test("a triggered run's interval ends at ticks of the pipeline's own time zone, or else of its project's", async () => {
  const daily = { cron: '0 0 * * *' }
  const specs = [
    pipelineSpec('of-project', tasks, { schedule: daily }),
    pipelineSpec('its-own', tasks, { schedule: { ...daily, timeZone: 'Asia/Tokyo' } }),
    pipelineSpec('unscheduled', tasks),
  ]
  await publish('eight', 'b1', ['of-project', 'its-own', 'unscheduled'], { specs })
  const logicalTime = Date.UTC(2026, 0, 2, 23)
  const start = async (pipeline: string) => (await t.engine.trigger({ pipeline }, { logicalTime })).interval.start
  expect(await start('of-project')).toBe(Date.UTC(2026, 0, 1, 23))
  expect(await start('its-own')).toBe(Date.UTC(2026, 0, 2, 15))
  expect(await start('unscheduled')).toBe(logicalTime)
})

test('two processes that publish the same project at the same time agree', async () => {
  await Promise.all(['c1', 'c2', 'c1', 'c2'].map((version) => publish('seven', version, ['x', 'y', 'z'])))
  expect(new Set((await names('seven')).map((name) => name.split('@')[1])).size).toBe(1)
})

test('of a new version the pipelines that are as they were have the same graph, schedule and cursor as one by one', async () => {
  const graphs = (version: string) =>
    t.pool.query(
      `select p.name, v.name as version, p.next_tick, p.cursor_at, p.active, d.file, d.source, count(dep.*) as deps
       from sluice.pipeline p join sluice.definition d on d.id = p.definition join sluice.version v on v.id = d.version
       left join sluice.dep on dep.definition = d.id
       where p.project = 'many' and v.name = $1 group by 1, 2, 3, 4, 5, 6, 7 order by 1`,
      [version],
    )
  await publish('many', 'm1', ['same', 'other'])
  const first = await graphs('m1')
  const changed = { specs: [pipelineSpec('same', tasks, { schedule: hourly }), pipelineSpec('other', tasks, { schedule: null })] }
  await publish('many', 'm2', ['same', 'other'], changed, now + 7_200_000)
  const [other, same] = await graphs('m2')
  expect(same).toEqual({ ...first[1], version: 'm2', file: 'versions/m2/folder/pipelines/same.ts' })
  expect(other).toMatchObject({ next_tick: null, deps: 1 })
  expect(await graphs('m1')).toEqual([])
  await publish('many', 'm1', ['same', 'other'], {}, now + 7_200_000)
  expect(
    (await graphs('m1')).map(({ name }) => name),
    'and back',
  ).toEqual(['other', 'same'])
})
