import { long } from '@sluice/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { changedTasksStatement } from './changes.ts'
import { claim, nextDueMs, nextDueStatement, othersWait } from './claim.ts'
import { pageStatement } from './runs.ts'
import { registerWorker } from './workers.ts'

/*
 * The cost of what the engine asks all the time, in pages of the database: it must not grow with what waits or is over. Pages are the same
 * on every machine, however busy.
 */

let t: TestEngine
let worker: number
let run: string
beforeAll(async () => {
  t = await testEngine()
  await t.publishSpecs([pipelineSpec('busy', [taskSpec('a')]), pipelineSpec('rare', [taskSpec('a')])])
  worker = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs: 3_600_000 })
  await t.pool.query("insert into sluice.pool (name, slots) values ('full', 0), ('narrow', 1)")
})
beforeEach(async () => {
  await t.pool.query('truncate sluice.run cascade')
  run = (await t.engine.trigger({ pipeline: 'busy' })).id
  await t.pool.query("update sluice.task_run set state = 'success', ended_at = now()")
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

/** Queued tasks beside others, as statements leave them. */
async function queue(
  count: number,
  set: { readonly pool?: string; readonly priority?: number; readonly dueIn?: string; readonly version?: string } = {},
) {
  await t.pool.query(
    `insert into sluice.task_run (run, no, definition, version, task, kind, rule, computes, pool, priority, state, upstream, run_at)
     select t.run, (select max(no) from sluice.task_run) + i, t.definition, coalesce((select id from sluice.version where name = $6), t.version), 'q' || i, 'task',
       'all_success', false, $2, $3, 'queued', 0, now() + $4::interval
     from sluice.task_run t, generate_series(1, $1) i where t.run = $5 and t.task = 'a'`,
    [count, set.pool ?? null, set.priority ?? 0, set.dueIn ?? '-1 second', run, set.version ?? null],
  )
}

/** Pages read by a statement, which is undone. The second time: the first one reads the catalogue and remembers dead entries. */
async function pagesOf(statement: string, parameters: readonly unknown[] = []): Promise<number> {
  await t.pool.query('analyze sluice.task_run, sluice.run')
  let pages = 0
  for (let time = 0; time < 2; time++) {
    const undone = new Error('undone')
    await t.pool
      .transaction(async (tx) => {
        const [row] = await tx.query<{ 'QUERY PLAN': readonly { readonly Plan: Readonly<Record<string, number>> }[] }>(
          `explain (analyze, buffers, timing off, format json) ${statement}`,
          parameters,
        )
        const plan = row?.['QUERY PLAN'][0]?.Plan
        pages = (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
        throw undone
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error
      })
  }
  return pages
}

const one = { room: 1, computing: 1, alone: true, versions: null } as const
const claimOne = () => pagesOf('select * from sluice.claim($1, 1, 1, true, null)', [worker])

/** What is in the way at first, and grows a hundredfold. */
const aFew = long ? 300 : 100

async function costs<Cost>(
  grow: (count: number) => Promise<void>,
  cost: () => Promise<Cost>,
): Promise<{ readonly few: Cost; readonly many: Cost }> {
  await grow(aFew)
  const few = await cost()
  await grow(aFew * 100)
  return { few, many: await cost() }
}

/** An index of a hundred times the rows is a level or two deeper, on each of the few ways into it. */
const flat = (few: number): number => few * 2 + 40

describe('a claim costs the same', () => {
  test.each([
    ['behind tasks of a full pool', { pool: 'full' }],
    ['behind more urgent tasks of a full pool', { pool: 'full', priority: 5 }],
    ['behind more urgent tasks that are due later', { dueIn: '1 hour', priority: 5 }],
    ['before tasks as urgent as its own', {}],
    ['before tasks of a pool with one slot', { pool: 'narrow' }],
  ])('%s', async (_, waiting) => {
    await queue(1, { dueIn: '-1 hour' })
    const { few, many } = await costs((count) => queue(count, waiting), claimOne)
    expect(many).toBeLessThanOrEqual(flat(few))
    expect(await claim(t.pool, worker, one)).toHaveLength(1)
  })

  test('beside tasks of versions that the process does not serve', async () => {
    const [row] = await t.pool.query<{ id: number }>(
      "insert into sluice.version (name) values ('other') on conflict (name) do update set name = 'other' returning id",
    )
    await queue(1, { version: 'other', dueIn: '-1 ms' })
    const only = (id: number | undefined) => pagesOf('select * from sluice.claim($1, 1, 1, true, $2)', [worker, [id]])
    const { few, many } = await costs(
      (count) => queue(count),
      () => only(row?.id),
    )
    expect(many).toBeLessThanOrEqual(flat(few))
    expect(await claim(t.pool, worker, { ...one, versions: [row?.id ?? 0] })).toHaveLength(1)
    expect(await othersWait(t.pool, [row?.id ?? 0])).toBe(true)
  })
})

test('the next task that is due costs the same behind tasks that are due later, and behind those that wait for room', async () => {
  const cost = () => pagesOf(nextDueStatement, [null])
  const { few, many } = await costs(async (count) => {
    await queue(count, { dueIn: '1 hour' })
    await queue(count, { pool: 'full' })
  }, cost)
  expect(many).toBeLessThanOrEqual(flat(few))
  await queue(1, { dueIn: '1 minute' })
  expect(await nextDueMs(t.pool, null)).toBeGreaterThan(50_000)
  expect(await nextDueMs(t.pool, null)).toBeLessThanOrEqual(60_000)
})

describe('what people ask costs the same beside a hundred times as many runs that are over', () => {
  const runs = async (count: number, pipeline: string) => {
    await t.pool.query(
      `insert into sluice.run (id, pipeline, definition, key, trigger, state, admitted, logical_time, interval_start, interval_end, params, ended_at, changed, actor)
       select 'm' || lpad(((select count(*) from sluice.run) + i)::text, 11, '0'), p.id, p.definition, 'manual:' || gen_random_uuid(), 'manual', 'success', true, now(), now(), now(), '{}', now(), '1', 'owner'
       from sluice.pipeline p, generate_series(1, $1) i where p.name = $2`,
      [count, pipeline],
    )
    await t.pool.query(
      `insert into sluice.task_run (run, no, definition, version, task, kind, rule, computes, state, upstream, changed)
       select r.id, 1, r.definition, 1, 'a', 'task', 'all_success', false, 'success', 0, '1' from sluice.run r
       where not exists (select from sluice.task_run t where t.run = r.id)`,
    )
  }
  const filters = {
    'the newest runs': {},
    'the runs of a pipeline with few': { pipeline: 'rare' },
    'the runs of a pipeline with many': { pipeline: 'busy' },
    'the runs in a state that few are in': { state: 'queued' },
    'the runs of a project': { project: 'p' },
  } as const
  test('the newest runs, those of a pipeline with few and with many, in a state, of a project, and what has changed since a look', async () => {
    await t.engine.trigger({ pipeline: 'rare' })
    const since = (await t.engine.changes(null)).cursor
    const { few, many } = await costs(
      (count) => runs(count, 'busy'),
      async () => {
        const pages = new Map([['what has changed', await pagesOf(changedTasksStatement, [since, 100, null])]])
        for (const [name, filter] of Object.entries(filters)) pages.set(name, await pagesOf(...pageStatement(filter, 20)))
        return pages
      },
    )
    for (const [name, pages] of many) expect([name, pages <= flat(few.get(name) ?? 0)]).toEqual([name, true])
    for (const [name, filter] of Object.entries(filters)) {
      const { items } = await t.engine.runs({ ...filter, limit: 20 })
      expect([name, items.length]).not.toEqual([name, 0])
      expect(items.every(({ pipeline }) => !('pipeline' in filter) || pipeline === filter.pipeline)).toBe(true)
    }
  })
})

/** A transaction that goes on in any database of the server has the look after it tell some changes again. */
async function quietCursor(): Promise<string> {
  let { cursor } = await t.engine.changes(null)
  const toldAgain = async (): Promise<number> => {
    const look = await t.engine.changes(cursor)
    cursor = look.cursor
    return look.runs.length + look.tasks.length
  }
  await expect.poll(toldAgain).toBe(0)
  return cursor
}

test('changes tell every open run, however many newer ones there are, and only what changed', async () => {
  await queue(1)
  for (let n = 0; n < 60; n++) await t.engine.trigger({ pipeline: 'rare' })
  const cursor = await quietCursor()
  const claims = await claim(t.pool, worker, { ...one, versions: null })
  const { runs, tasks, complete } = await t.engine.changes(cursor)
  expect(complete).toBe(true)
  expect(tasks.map(({ task }) => [task.run, task.state])).toEqual(claims.map((each) => [each.run, 'running']))
  expect(runs.map((each) => each.run.id)).toEqual(claims.map((each) => each.run))
})

test('a change whose transaction commits after a look that saw later ones is not lost', async () => {
  await queue(2)
  const cursor = await quietCursor()
  const late = await t.pool.transaction(async (tx) => {
    await tx.query("update sluice.task_run set state = 'running' where run = $1 and task = 'q1'", [run])
    await t.pool.query("update sluice.task_run set state = 'running' where run = $1 and task = 'q2'", [run])
    return await t.engine.changes(cursor)
  })
  expect(late.tasks.map(({ task }) => task.task)).toEqual(['q2'])
  expect((await t.engine.changes(late.cursor)).tasks.map(({ task }) => task.task).sort()).toEqual(['q1', 'q2'])
})
