import { ensureRole, listen, openPool, type Pool, type Queryable, quoteIdentifier, urlFor, withSession } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mayIn } from '../act/testing/may-in.ts'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { batchesFor } from './batches.ts'
import { channels } from './channels.ts'
import { claim, heldClaims, markBegan, nextDueMs, othersWait } from './claim.ts'
import { sumCredits } from './credits.ts'
import { admit, finish, finishAndClaim } from './finish.ts'
import { outputsOf } from './inputs.ts'
import { currentDefinitions, schedulesOf } from './pipelines.ts'
import { openWorkerRole } from './worker-role.ts'
import { cancelledTasks, extendLease, registerWorker, stopWorker } from './workers.ts'

let t: TestEngine
let worker: Pool
beforeAll(async () => {
  t = await testEngine()
  worker = openPool(t.workerUrl, { max: 2 })
})
afterAll(async () => {
  await worker.end()
  await t[Symbol.asyncDispose]()
})

const ended = { outcome: 'success', delayMs: 0, error: null, reason: null, receipts: [], taken: [] } as const
const room = { room: 1, computing: 1, alone: true, versions: null } as const

test('a worker carries a run to its end as its own role', async () => {
  await t.publishSpecs([pipelineSpec('chain', [taskSpec('a'), taskSpec('b', ['a'])])])
  const run = await t.engine.trigger({ pipeline: 'chain' })
  const id = await registerWorker(worker, { host: 'here', pid: 1, leaseMs: 60_000 })
  expect(await extendLease(worker, id, 60_000)).toBe(true)
  expect((await currentDefinitions(worker)).length).toBeGreaterThan(0)
  await nextDueMs(worker, null)
  expect(await othersWait(worker, [])).toBe(true)
  const [a] = await claim(worker, id, room)
  if (a === undefined) throw new Error('nothing was claimed')
  await markBegan(worker, [a])
  expect(await heldClaims(worker, id)).toEqual([{ id: a.id, token: a.token }])
  const { claims } = await finishAndClaim(worker, id, [{ ...ended, id: a.id, token: a.token, output: { n: 1 } }], room)
  expect(claims).toMatchObject([{ task: 'b' }])
  expect(await outputsOf(worker, run.id, ['a'])).toEqual({ a: { n: 1 } })
  const [b] = claims
  if (b === undefined) throw new Error('nothing was claimed')
  expect(await batchesFor(worker, b).written(['x'])).toEqual([])
  expect(await batchesFor(worker, b).waiting(['x'])).toEqual([])
  expect(await cancelledTasks(worker, id)).toEqual([])
  const { endedRuns, pipelines } = await finish(worker, id, [{ ...ended, id: b.id, token: b.token, output: undefined }])
  expect(endedRuns).toEqual([run.id])
  await admit(worker, pipelines)
  expect(await sumCredits(worker, { project: 'p', since: 0, until: Date.now() })).toEqual([])
  expect(await schedulesOf(worker, 'p')).toEqual([{ name: 'chain', paused: false, schedule: null, timeZone: 'UTC' }])
  await (await listen(t.workerUrl, [channels.ready], () => undefined)).close()
  await stopWorker(worker, id)
  expect(await t.engine.run(run.id)).toMatchObject({ state: 'success' })
  // Nobody works for the run any more.
  expect(await outputsOf(worker, run.id, ['a'])).toEqual({})
})

test('it reads what its statements read, and changes no table', async () => {
  expect(await mayIn(worker)).toEqual({
    reads: [
      'definition(file,id,pipeline,version)',
      'ledger(batch,dataset,generation,id,receipt,status,task_run)',
      'pipeline(active,definition,id,name,paused,project)',
      'run(cancel,id,pipeline)',
      'taken(batch,dataset,pipeline,run,task)',
      'task_run(id,kind,losses,no,pool,priority,run,run_at,state,task,token,version,work,worker)',
    ],
    changes: [],
    calls: [
      'admit',
      'ask_backup',
      'begin_call',
      'claim',
      'end_call',
      'extend_lease',
      'finish',
      'hold_calls',
      'keep_token',
      'kept_token',
      'mark_began',
      'outputs_of',
      'queue_parts',
      'register_worker',
      'schedules_of',
      'stop_worker',
    ],
  })
  // The same look at the owner sees that all is open.
  const owner = await mayIn(t.pool)
  expect(owner.changes).toContain('task_run')
  expect(owner.calls).toContain('cancel_runs')
})

test('what a task tries with the connection of its worker is refused', async () => {
  const database = new URL(t.databaseUrl).pathname.slice(1)
  for (const statement of [
    'select output from sluice.task_run',
    'select params from sluice.run',
    'select password from sluice.process_role',
    'select sealed from sluice.kept_token',
    'delete from sluice.call',
    'select rolpassword from pg_authid',
    "update sluice.run set state = 'success'",
    'delete from sluice.ledger',
    "select sluice.cancel_runs('{x}')",
    'create table sluice.own (n int)',
    'create table public.own (n int)',
    'create schema own',
    "copy (select 1) to program 'id'",
    "select pg_read_file('postgresql.conf')",
    'create role other superuser',
    `alter role ${quoteIdentifier(`${database}_worker`)} superuser`,
    'set role postgres',
  ])
    await expect(worker.query(statement), statement).rejects.toMatchObject({ facts: { sqlstate: '42501' } })
  await using other = await testEngine()
  const theirs = urlFor(t.workerUrl, new URL(other.databaseUrl).pathname.slice(1))
  await expect(withSession(theirs, (session) => session.query('select * from sluice.pipeline'))).rejects.toMatchObject({
    facts: { sqlstate: '42501' },
  })
})

test('what runs with the rights of its owner names the path on which it looks for functions', async () => {
  const withoutPath = (db: Queryable) =>
    db.query<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'sluice'::regnamespace and prosecdef
       and not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']`,
    )
  expect(await withoutPath(t.pool)).toEqual([])
  await t.pool
    .transaction(async (tx) => {
      await tx.query('alter function sluice.claim reset search_path')
      expect(await withoutPath(tx)).toEqual([{ name: 'claim' }])
      throw new Error('taken back')
    })
    .catch((error: Error) => expect(error.message).toBe('taken back'))
})

test('a second start finds the role and its password', async () => {
  const found = { url: t.workerUrl, role: new URL(t.workerUrl).username, note: null }
  expect(await Promise.all([openWorkerRole(t.databaseUrl), openWorkerRole(t.databaseUrl)])).toEqual([found, found])
})

test('where no role can be made, workers go on as the owner, and it is told', async () => {
  const database = new URL(t.databaseUrl).pathname.slice(1)
  const role = { name: `${database}_plain`, password: 'plain password' }
  await ensureRole(t.databaseUrl, role)
  const url = urlFor(t.databaseUrl, database, { user: role.name, password: role.password })
  try {
    const opened = await openWorkerRole(url)
    expect(opened.url).toBe(url)
    expect(opened.note).toContain(`As an administrator: alter role "${role.name}" createrole`)
  } finally {
    await t.pool.query(`drop role ${quoteIdentifier(role.name)}`)
  }
})

test('where the tables are not those of the role that is to grant them, a start goes on as that role, and says why', async () => {
  const database = new URL(t.databaseUrl).pathname.slice(1)
  const role = { name: `${database}_maker`, password: 'plain password' }
  await ensureRole(t.databaseUrl, role)
  const quoted = quoteIdentifier(role.name)
  await t.pool.query(`alter role ${quoted} createrole; grant usage on schema sluice to ${quoted};
    grant select, insert, update on sluice.process_role to ${quoted};
    grant ${quoteIdentifier(`${database}_worker`)} to ${quoted} with admin option`)
  const url = urlFor(t.databaseUrl, database, { user: role.name, password: role.password })
  try {
    expect(await openWorkerRole(url)).toMatchObject({ url, note: expect.stringContaining('cannot be used (') })
    await expect(worker.query('select id from sluice.pipeline')).resolves.toBeDefined()
  } finally {
    await t.pool.query(`drop owned by ${quoted}; drop role ${quoted}`)
  }
})

test('what a task has made its role begin sessions with is gone with the next start', async () => {
  const database = new URL(t.databaseUrl).pathname.slice(1)
  const role = quoteIdentifier(`${database}_worker`)
  await worker.query(`alter role ${role} set lock_timeout = 1`)
  await worker.query(`alter role ${role} set default_transaction_read_only = on`)
  const { url, note } = await openWorkerRole(t.databaseUrl)
  expect(note).toBeNull()
  const settings = await withSession(url, (session) =>
    session.query("select current_setting('lock_timeout') as lock, current_setting('default_transaction_read_only') as reads"),
  )
  expect(settings).toEqual([{ lock: '0', reads: 'off' }])
})
