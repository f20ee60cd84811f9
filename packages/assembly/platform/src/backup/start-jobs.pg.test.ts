import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AskedBackup, type Engine, openEngine } from '@sluice/engine'
import { openPool, type Pool } from '@sluice/postgres'
import { type TestDatabase, testDatabase } from '@sluice/postgres/testing'
import type { Settings } from '@sluice/settings'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BackupJobsOptions, startBackupJobs } from './start-jobs.ts'

let database: TestDatabase
let engine: Engine
let pool: Pool
const stateDir = mkdtempSync(join(tmpdir(), 'state '))
const notes: string[] = []
beforeAll(async () => {
  database = await testDatabase()
  engine = await openEngine(database.url)
  pool = openPool(database.url, { max: 1 })
})
afterAll(async () => {
  await engine.close()
  await pool.end()
  await database.drop()
  rmSync(stateDir, { recursive: true, force: true })
})

const start = (more: Partial<BackupJobsOptions> = {}) =>
  startBackupJobs({
    databaseUrl: database.url,
    databases: async () => [{ project: 'shop', database: database.name, url: database.url }],
    settings: {
      root: stateDir,
      stateDir,
      lakeUrl: null,
      profile: null,
      projects: [],
      backup: { to: join(stateDir, 'backups'), key: null, keyFile: null },
    } satisfies Partial<Settings> as unknown as Settings,
    version: '1.2.3',
    note: (text) => notes.push(text),
    ...more,
  })

async function ended(asked: AskedBackup) {
  const { id } = await engine.askBackup(asked)
  for (;;) {
    const job = await engine.backupJob(id)
    if (job.endedAt !== null) return job
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('what is asked for is made, read again, and refused where it cannot be, each told to who asked', async () => {
  const jobs = await start()
  try {
    const made = await ended({ kind: 'run', project: 'shop', keep: '7' })
    expect(made).toMatchObject({ error: null, result: { place: join(stateDir, 'backups'), removed: [] } })
    const { id } = made.result as { readonly id: string }
    expect(await ended({ kind: 'verify', project: 'shop', backup: id })).toMatchObject({ error: null, result: { id, whole: true } })
    rmSync(join(stateDir, 'backups', 'warehouse', 'shop', id, 'before.sql'))
    expect(await ended({ kind: 'verify', project: 'shop' })).toMatchObject({ result: null, error: { code: 'backup.damaged' } })
    expect(await ended({ kind: 'run', project: 'none' })).toMatchObject({ error: { code: 'backup.refused' } })
    expect(notes.filter((note) => note.startsWith('backup '))).toHaveLength(2)
  } finally {
    await jobs.stop()
  }
})

test('a backup that a process had begun when it died is made by the next one', async () => {
  const { id } = await engine.askBackup({ kind: 'run', project: 'shop' })
  await pool.query('update sluice.backup_job set began_at = now() where id = $1', [id])
  const jobs = await start()
  try {
    await expect
      .poll(async () => (await engine.backupJob(id)).error ?? (await engine.backupJob(id)).result, { timeout: 60_000 })
      .toMatchObject({
        rows: expect.any(Number),
      })
  } finally {
    await jobs.stop()
  }
})

test('a backup under way ends with the session that holds the turn of it, and is made once', async () => {
  let looks = 0
  const jobs = await start({
    pollMs: 20,
    databases: async () => {
      looks += 1
      if (looks === 1)
        await pool.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()`)
      return [{ project: 'twice', database: database.name, url: database.url }]
    },
  })
  try {
    expect(await ended({ kind: 'run', project: 'twice' })).toMatchObject({ error: null })
    expect(looks).toBe(2)
    expect(readdirSync(join(stateDir, 'backups', 'warehouse', 'twice'))).toHaveLength(1)
  } finally {
    await jobs.stop()
  }
})
