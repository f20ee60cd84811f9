import { hostname } from 'node:os'
import { openPool } from '@sluice/postgres'
import { registerWorker } from '../state/workers.ts'
import { processCapabilities } from './capabilities.ts'
import { captureConsole } from './console-capture.ts'
import { runWorker } from './worker.ts'
import type { FromWorker, ToWorker, WorkerOptions } from './worker-protocol.ts'

/**
 * Entry of a worker process.
 *
 * States: starting (waits for its options, registers) -> working -> draining (told by the supervisor, without a supervisor, after an
 * unhandled error, or with its fill of versions; finishes the task at hand) -> ended. SIGKILL may come in any of them: the supervisor or
 * the lease recovers its tasks.
 */
const tell = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => (process.send === undefined || !process.connected ? resolve() : process.send(message, () => resolve())))

const drain = new AbortController()
// The terminal sends these signals to the whole process group; the supervisor decides.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => drain.abort())
process.on('disconnect', () => drain.abort())

const options = await new Promise<WorkerOptions>((resolve) => {
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'start') resolve(message.options)
    else drain.abort()
  })
})
captureConsole()
try {
  await work(options)
  process.exit(0)
} catch (error) {
  await tell({ kind: 'unable', message: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

async function work(given: WorkerOptions): Promise<void> {
  const opened = await processCapabilities(given.capabilities, given)
  const pool = openPool(given.databaseUrl, { max: 2, applicationName: 'sluice worker' })
  const worker = await registerWorker(pool, { host: hostname(), pid: process.pid, leaseMs: given.leaseMs })
  await runWorker({
    ...given,
    pool,
    worker,
    opened,
    drain: drain.signal,
    ready: () => tell({ kind: 'ready', worker }),
  })
  await pool.end()
}
