import type { Receipt } from '@sluice/core'
import type { Attempt } from '../capability/attempt.ts'
import type { Step } from '../steps/step.ts'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** The first attempt of a step in a manual run, for tests of capabilities; `over` replaces what matters to one. */
export function testAttempt(step: Step, over: Partial<Attempt> = {}): Attempt {
  const receipts: Receipt[] = [...(over.receipts ?? [])]
  return {
    run: { id: 'r', project: 'p', pipeline: 'q', key: 'manual:r', logicalTime: 0, trigger: 'manual' },
    task: { name: step.name, attempt: 1 },
    interval: { start: 0, end: 0 },
    timeZone: 'UTC',
    params: {},
    signal: new AbortController().signal,
    log: quiet,
    step,
    inputs: {},
    generation: 1,
    refetch: false,
    external: [],
    overlaps: false,
    batches: { written: async () => [], waiting: async () => [] },
    take: () => undefined,
    ...over,
    receipts,
    keep: (receipt) => {
      receipts.push(receipt)
    },
  }
}
