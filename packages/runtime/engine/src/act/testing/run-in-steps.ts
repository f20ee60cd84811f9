import type { PipelineSpec } from '@sluice/author'
import type { ErrorRecord } from '@sluice/core'
import { claim } from '../../state/claim.ts'
import { finish } from '../../state/finish.ts'
import { registerWorker } from '../../state/workers.ts'
import { pipelineSpec, type TestEngine, taskSpec } from './test-engine.ts'

/** What a task fails with. */
export const stepFailure = {
  code: 'source.unauthorized',
  kind: 'permanent',
  message: 'the key is not known',
  next: 'Correct COINCAP_API_KEY.',
} as const satisfies ErrorRecord

export interface RunInSteps {
  readonly run: string
  /** Ends the next task: `extract`, then `load`. */
  step(outcome: 'success' | 'failed'): Promise<void>
}

/** A run of the pipeline `sales` whose tasks end as the test says. */
export async function runInSteps(
  t: TestEngine,
  {
    notify = {},
    timeZone = 'UTC',
    logicalTime,
  }: { readonly notify?: PipelineSpec['notify']; readonly timeZone?: string; readonly logicalTime?: number } = {},
): Promise<RunInSteps> {
  await t.publishSpecs([pipelineSpec('sales', [taskSpec('extract'), taskSpec('load', ['extract'])], { notify })], {
    timeZone,
  })
  const worker = await registerWorker(t.pool, { host: 'test', pid: 1, leaseMs: 3_600_000 })
  const { id: run } = await t.engine.trigger({ pipeline: 'sales' }, logicalTime === undefined ? {} : { logicalTime })
  return {
    run,
    async step(outcome) {
      const claims = await claim(t.pool, worker, { room: 1, computing: 1, alone: true, versions: null })
      const error = outcome === 'failed' ? stepFailure : null
      const rest = { delayMs: 0, output: undefined, reason: null, receipts: [], taken: [], error }
      const ends = claims.map(({ id, token }) => ({ id, token, outcome, ...rest }))
      await finish(t.pool, worker, ends)
    },
  }
}
