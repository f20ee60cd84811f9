import { openPool } from '@sluice/postgres'
import { type Measure, measure, median, timed, timesLimit } from '../measure.ts'
import type { Bench } from './bench.ts'
import type { Platform } from './platform.ts'

/** Runs that ended long ago, 40 tasks each, as the engine leaves them. */
const oldRunsSql = `
with made as (
  insert into sluice.run (id, pipeline, definition, key, trigger, state, admitted, logical_time, interval_start, interval_end, params, actor,
    created_at, started_at, ended_at)
  select '0' || lpad(n::text, 11, '0'), p.id, p.definition, 'manual:0' || n, 'manual', case when n % 50 = 0 then 'failed' else 'success' end, true,
    at, at, at, '{}', 'owner', at, at, at
  from sluice.pipeline p, generate_series(1, $1::int) n, lateral (select now() - n * interval '1 minute' as at) t
  where p.name = 'ten'
  returning id, definition, created_at
)
insert into sluice.task_run (run, no, definition, version, task, kind, rule, computes, state, upstream, ok, attempt, queued_at, first_started_at,
  started_at, ended_at)
select m.id, no, m.definition, def.version, 'task' || no, 'task', 'all_success', false, 'success', 1, 1, 1, m.created_at, m.created_at,
  m.created_at, m.created_at
from made m join sluice.definition def on def.id = m.definition, generate_series(1, 40) no`

/** `runs list` of one pipeline beside many task runs of others; the limit is the same call on an empty database. */
export async function measureRunsList(bench: Bench, taskRuns: number): Promise<readonly Measure[]> {
  const [platform, empty] = [await bench.platform('full'), await bench.platform('raw')]
  const list = (of: Platform) => of.engine.runs({ project: 'bench', pipeline: 'single', limit: 50 })
  await Promise.all([platform, empty].map((each) => each.trigger('single')))
  await platform.pool.query(oldRunsSql, [Math.ceil(taskRuns / 40)])
  await platform.pool.query('analyze sluice.run, sluice.task_run')
  const [ours = Number.NaN, limit = Number.NaN] = await inTurn([platform, empty].map((each) => () => timed(() => list(each))))
  return [measure(`runs list of one pipeline beside ${taskRuns} task runs`, ours, 'ms', timesLimit(2), limit)]
}

/** Queued tasks of a run that is there, all due or all for later, in a pool or in none. */
const queuedSql = `
insert into sluice.task_run (run, no, definition, version, task, kind, rule, computes, pool, state, upstream, run_at, queued_at)
select r.id, 1000 + n, r.definition, def.version, 'queued' || n, 'task', 'all_success', false, $3, 'queued', 0,
  now() + $4::float8 * interval '1 ms', now()
from sluice.run r join sluice.definition def on def.id = r.definition, generate_series(1, $2::int) n
where r.id = $1`

const shapes = [
  ['behind a full pool', { pool: 'bench:full', laterMs: 0 }],
  ['among tasks that are due', { pool: null, laterMs: 0 }],
  ['among tasks for later', { pool: null, laterMs: 86_400_000 }],
] as const

/**
 * A claim of one task beside many that are queued: behind a full pool, among tasks that are due, among tasks for later. The limit is the
 * same claim where nothing else is queued.
 */
export async function measureClaims(bench: Bench, queued: number): Promise<readonly Measure[]> {
  await using sessions = new AsyncDisposableStack()
  const claims = [await claimOn(await bench.platform('claims'), sessions)]
  for (const [, { pool, laterMs }] of shapes) {
    const platform = await bench.platform(`claims_${claims.length}`)
    if (pool !== null) await platform.pool.query('insert into sluice.pool (name, slots) values ($1, 0)', [pool])
    claims.push(await claimOn(platform, sessions, [queued, pool, laterMs]))
  }
  const [limit = Number.NaN, ...ours] = await inTurn(claims)
  return shapes.map(([name], at) => measure(`claim ${name}, ${queued} queued`, ours[at] ?? Number.NaN, 'ms', timesLimit(2, 1, 'ms'), limit))
}

/** A claim of the one task of a run, rolled back, so that each finds the same. */
async function claimOn({ pool, databaseUrl, trigger }: Platform, sessions: AsyncDisposableStack, fill?: readonly unknown[]) {
  const run = await trigger('single')
  if (fill !== undefined) await pool.query(queuedSql, [run, ...fill])
  await pool.query('vacuum analyze sluice.task_run')
  const [worker] = await pool.query<{ id: number }>(
    "insert into sluice.worker (host, pid, lease_until) values ('bench', $1, now() + interval '1 day') returning id",
    [process.pid],
  )
  const own = sessions.adopt(openPool(databaseUrl, { max: 1 }), (each) => each.end())
  const claim = { name: 'bench_claim', text: 'select id from sluice.claim($1, 1, 1, true, null)' }
  return async (): Promise<number> => {
    await own.query('begin')
    const ms = await timed(async () => {
      const claimed = await own.query(claim, [worker?.id])
      if (claimed.length !== 1) throw new Error(`${claimed.length} tasks were claimed, not one.`)
    })
    await own.query('rollback')
    return ms
  }
}

/** Medians of calls that take turns; each answers its time. */
async function inTurn(calls: readonly (() => Promise<number>)[]): Promise<readonly number[]> {
  const times = calls.map((): number[] => [])
  for (let n = -10; n < 50; n++) {
    for (const [at, call] of calls.entries()) {
      const ms = await call()
      if (n >= 0) times[at]?.push(ms)
    }
  }
  return times.map(median)
}
