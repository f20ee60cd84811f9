import { openPool, type Pool, withSession } from '@sluice/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
import { askBackup, backupJobsWait, beginBackupJob, endBackupJob, isUnwanted, lockBackupJobs } from './backup-jobs.ts'
import { claim, markBegan } from './claim.ts'
import { finish } from './finish.ts'
import { registerWorker } from './workers.ts'

let t: TestEngine
let worker: Pool
beforeAll(async () => {
  t = await testEngine()
  worker = openPool(t.workerUrl, { max: 2 })
  const retry = { attempts: 3, delayMs: 0, backoff: 'constant', maxDelayMs: 0 } as const
  const night = taskSpec('night', [], { kind: 'backup', backup: { of: 'warehouse', keep: '30d' }, retry })
  await t.publishSpecs([pipelineSpec('saved', [night, taskSpec('other')])])
})
afterAll(async () => {
  await worker.end()
  await t[Symbol.asyncDispose]()
})

const room = { room: 2, computing: 1, alone: true, versions: null } as const
const failed = { outcome: 'retry', delayMs: 0, error: null, reason: null, receipts: [], taken: [], output: undefined } as const

/** A run whose tasks one worker has claimed. */
async function begun() {
  const run = await t.engine.trigger({ pipeline: 'saved' })
  const id = await registerWorker(worker, { host: 'here', pid: 1, leaseMs: 60_000 })
  const claims = await claim(worker, id, room)
  await markBegan(worker, claims)
  const night = claims.find(({ task }) => task === 'night')
  if (night === undefined) throw new Error('nothing was claimed')
  return { run: run.id, task: 'night', worker: id, night }
}

test('a worker asks for the backup that its task declares, once, and no more than that', async () => {
  const { run, task, worker: id, night } = await begun()
  expect(await Promise.all([askBackup(worker, { run, task }), askBackup(worker, { run, task })])).toEqual([
    { ended: false, result: null, error: null },
    { ended: false, result: null, error: null },
  ])
  await expect(askBackup(worker, { run, task: 'other' })).rejects.toThrow('no task of this name makes a backup and runs')
  const [first] = await withSession(t.databaseUrl, async (session) => {
    expect(await lockBackupJobs(session)).toBe(true)
    await withSession(t.databaseUrl, async (other) => expect(await lockBackupJobs(other)).toBe(false))
    const job = await beginBackupJob(session)
    expect(job).toMatchObject({ kind: 'run', project: 'p', keep: '30d', run, task, endedAt: null })
    // Whoever began it died: it is the first one again.
    expect(await beginBackupJob(session)).toMatchObject({ id: job?.id })
    expect(await isUnwanted(session, job?.id ?? 0)).toBe(false)
    await endBackupJob(session, job?.id ?? 0, { error: { code: 'disk.full', kind: 'retryable', message: 'The disk was full' } })
    return [job]
  })
  expect(await askBackup(worker, { run, task })).toMatchObject({ ended: true, error: { code: 'disk.full' } })
  // The next attempt asks for another one.
  await finish(worker, id, [{ ...failed, id: night.id, token: night.token }])
  const [again] = (await claim(worker, id, room)).filter((each) => each.task === task)
  expect(again).toMatchObject({ attempt: 2 })
  expect(await askBackup(worker, { run, task })).toMatchObject({ ended: false })
  await withSession(t.databaseUrl, async (session) => {
    const job = await beginBackupJob(session)
    expect(job?.id).toBeGreaterThan(first?.id ?? 0)
    await endBackupJob(session, job?.id ?? 0, { result: { id: 'x', rows: 3 } })
  })
  expect(await askBackup(worker, { run, task })).toEqual({ ended: true, result: { id: 'x', rows: 3 }, error: null })
  expect(await backupJobsWait(t.pool)).toBe(false)
})

test('a backup whose task was cancelled is wanted no longer', async () => {
  const { run, task, worker: id, night } = await begun()
  await askBackup(worker, { run, task })
  const [{ id: job } = { id: 0 }] = await t.pool.query<{ id: number }>('select max(id) as id from sluice.backup_job')
  await t.engine.cancel(run)
  expect(await isUnwanted(t.pool, job)).toBe(false)
  await finish(worker, id, [{ ...failed, outcome: 'cancelled', id: night.id, token: night.token }])
  expect(await isUnwanted(t.pool, job)).toBe(true)
})

test('what a person asks for is recorded with who asked', async () => {
  const job = await t.engine.askBackup({ kind: 'verify', project: 'p' }, { actor: 'user:ada' })
  expect(await t.engine.backupJob(job.id)).toMatchObject({
    kind: 'verify',
    project: 'p',
    keep: null,
    run: null,
    actor: 'user:ada',
    beganAt: null,
  })
  await expect(t.engine.backupJob(3_000_000_000)).rejects.toMatchObject({ code: 'not_found' })
})
