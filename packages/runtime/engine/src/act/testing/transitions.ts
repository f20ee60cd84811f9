import type { TaskSpec } from '@sluice/author'
import { afterAll, beforeAll } from 'vitest'
import type { TaskState } from '../../api.ts'
import { type Claim, claim } from '../../state/claim.ts'
import { type FinishItem, finish } from '../../state/finish.ts'
import { registerWorker } from '../../state/workers.ts'
import { pipelineSpec, type TestEngine, testEngine } from './test-engine.ts'

/** Of the file that imports this: opened before its first test. */
export let t: TestEngine
beforeAll(async () => {
  t = await testEngine()
})
afterAll(async () => {
  await t[Symbol.asyncDispose]()
})

export interface TestWorker {
  readonly id: number
  claim(count?: number): Promise<readonly Claim[]>
  finish(claims: readonly Claim[], outcome: FinishItem['outcome'], rest?: Partial<FinishItem>): ReturnType<typeof finish>
}

/** @param leaseMs longer than any test takes on a busy machine, unless the test is about its end */
export async function workerOf(version: string, leaseMs = 3_600_000): Promise<TestWorker> {
  const id = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs })
  const [of] = await t.pool.query<{ id: number }>('select id from sluice.version where name = $1', [version])
  const versions = [of?.id ?? 0]
  return {
    id,
    claim: (room = 100) => claim(t.pool, id, { room, computing: 1, alone: true, versions }),
    finish: (claims, outcome, rest = {}) =>
      finish(
        t.pool,
        id,
        claims.map((each) => ({ ...item, id: each.id, token: each.token, outcome, ...rest })),
      ),
  }
}

export const item: Omit<FinishItem, 'id' | 'token' | 'outcome'> = {
  delayMs: 0,
  output: undefined,
  error: null,
  reason: null,
  receipts: [],
  taken: [],
}
export const failure = { code: 'task.failed', kind: 'retryable', message: 'no' } as const

export async function statesOf(run: string): Promise<Record<string, TaskState>> {
  return Object.fromEntries((await t.engine.run(run)).taskRuns.map(({ task, state }) => [task, state]))
}

let serial = 0
/** A name for a pipeline that no other test of the file has. */
export const newName = (): string => `pipeline_${serial++}`

export async function begin(tasks: readonly TaskSpec[], rest: Parameters<typeof pipelineSpec>[2] = {}) {
  const name = newName()
  const version = await t.publishSpecs([pipelineSpec(name, tasks, rest)])
  const run = await t.engine.trigger({ pipeline: name })
  return { name, version, run: run.id, worker: await workerOf(version) }
}

export async function versionIdOf(run: string): Promise<number> {
  const [row] = await t.pool.query<{ version: number }>('select version from sluice.task_run where run = $1', [run])
  return row?.version ?? 0
}
