import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leaseHere } from '@sluice/process/testing/lease-here'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { RunDetail, TaskRunSummary } from '../../api.ts'
import type { Scheduler } from '../scheduler.ts'
import { type StartWorkersOptions, startWorkers, type Workers } from '../supervisor.ts'
import { type TestEngine, testEngine } from './test-engine.ts'

export const leaseMs = leaseHere()
/** Of the file that imports this: opened before its first test. */
export let t: TestEngine
/** Stopped after each test. */
export const running: (Workers | Scheduler)[] = []
beforeAll(async () => {
  t = await testEngine()
})
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop()
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

export async function work(options: Partial<StartWorkersOptions> = {}): Promise<Workers> {
  const workers = await startWorkers({
    databaseUrl: t.databaseUrl,
    workerUrl: t.workerUrl,
    stateDir: t.stateDir,
    count: 1,
    leaseMs,
    graceMs: 300,
    ...options,
  })
  running.push(workers)
  await workers.ready()
  return workers
}

/** Publishes one pipeline of this text, runs it to its end. */
export async function runOf(name: string, text: string, options: Partial<StartWorkersOptions> = {}): Promise<RunDetail> {
  await t.publish({ [name]: text })
  await work(options)
  return await t.engine.waitForRun((await t.engine.trigger({ pipeline: name })).id)
}

export const taskOf = (run: RunDetail, task: string): TaskRunSummary | undefined => run.taskRuns.find((each) => each.task === task)
export const statesOf = (run: RunDetail): Record<string, string> => Object.fromEntries(run.taskRuns.map(({ task, state }) => [task, state]))

/** What the code of all attempts logged. */
export async function logOf(run: string, task: string): Promise<readonly Record<string, unknown>[]> {
  const attempts = await t.engine.attempts(run, task)
  return attempts.flatMap(({ log }) =>
    fileText(log)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  )
}

/** A task that logs nothing has no file. */
const fileText = (log: string): string => (existsSync(join(t.stateDir, log)) ? readFileSync(join(t.stateDir, log), 'utf8') : '')

const hosts: ChildProcess[] = []
afterEach(() => {
  for (const host of hosts.splice(0)) host.kill('SIGKILL')
})

/** A supervisor with a worker, in a process of its own. It ends with the test, and its workers leave then. */
export function startHost(): ChildProcess {
  const host = fork(fileURLToPath(new URL('./host-process.ts', import.meta.url)), [t.stateDir, String(leaseMs)], {
    execArgv: [],
    env: { ...process.env, DATABASE_URL: t.databaseUrl },
  })
  hosts.push(host)
  return host
}

export async function untilRunning(run: string, task: string): Promise<void> {
  await expect.poll(async () => taskOf(await t.engine.run(run), task)?.state).toBe('running')
}
