import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authoring, type ContextSlot, graphOf, pipeline } from '@sluice/author'
import { manualRunKey, maskOf } from '@sluice/core'
import { megabytesHeld } from '@sluice/process/testing/megabytes-held'
import { runAttempt } from '../attempt.ts'
import { compose } from '../capabilities.ts'

/**
 * Runs attempts one after another as a worker process does, each with an output of 32 KB, and prints what is held after each quarter of
 * them. Argument: how many.
 */
const count = Number(process.argv[2])
const { task } = authoring<ContextSlot>()
let made = 0
const answer = task({ name: 'answer', run: () => `${made++}`.padEnd(32_000, '.') })
const { spec, steps } = graphOf(pipeline({ name: 'p', steps: [answer] }))
const [of, step] = [spec.tasks[0], steps.get('answer')]
if (of === undefined || step === undefined) throw new Error('the pipeline has no step')
const loaded = { spec, tasks: new Map([['answer', { spec: of, step }]]) }
const stateDir = mkdtempSync(join(tmpdir(), 'sluice-attempts-'))
const capabilities = compose([])
const claim = {
  token: 1,
  attempt: 1,
  generation: 1,
  refetch: false,
  task: 'answer',
  computes: false,
  isolated: false,
  losses: 0,
  failures: 0,
  firstStartedAt: 0,
  startedAt: 0,
  run: 'r',
  runState: 'running',
  project: 'p',
  pipeline: 'p',
  version: 1,
  definitionId: 1,
  key: manualRunKey('r'),
  trigger: 'manual',
  logicalTime: 0,
  intervalStart: 0,
  intervalEnd: 0,
  params: {},
  timeZone: 'UTC',
  file: '',
  mapIndex: null,
} as const

try {
  for (let id = 0; id < count; id++) {
    const end = await runAttempt({
      claim: { ...claim, id },
      mark: 'attempts',
      output: { begin: () => undefined, end: () => undefined },
      onChildOutput: () => undefined,
      stateDir,
      capabilities: async () => ({ ...capabilities, environment: {} }),
      mask: maskOf([]),
      pipeline: async () => loaded,
      outputs: async () => ({}),
      batches: { written: async () => [], waiting: async () => [] },
      stop: new AbortController().signal,
      beside: () => false,
      onDeadline: () => undefined,
    })
    const { outcome } = await end.settled()
    if (outcome !== 'success') throw new Error(`attempt ${id} ended as ${outcome}`)
    if ((id + 1) % (count / 4) === 0) console.log(await megabytesHeld())
  }
} finally {
  rmSync(stateDir, { recursive: true })
}
