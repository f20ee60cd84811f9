import { unreachable } from '@sluice/core'
import { openPool } from '@sluice/postgres'
import { endAtOnce, killProcessesOf, markVariable } from '@sluice/process'
import { attemptErrors } from '../errors.ts'
import { drawBorders } from './borders.ts'
import { processCapabilities } from './capabilities.ts'
import { closeDebugger, openDebugger } from './debugger.ts'
import { OwnOutput } from './own-output.ts'
import { runWorker } from './worker.ts'
import type { FromWorker, ToWorker, WorkerOptions } from './worker-protocol.ts'

/**
 * Entry of a worker process, which leads a session and a process group of its own.
 *
 * States: starting (waits for its options, registers) -> working -> draining (told by the supervisor, without a supervisor, or after an
 * unhandled error; finishes the task at hand) -> ended. SIGKILL may come in any of them: the supervisor or the lease recovers its tasks.
 */
const tell = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => (process.send === undefined || !process.connected ? resolve() : process.send(message, () => resolve())))

const drain = new AbortController()
// Whoever sends these to all processes of the command means the supervisor, which decides.
process.on('SIGINT', () => undefined)
process.on('SIGHUP', () => undefined)
process.on('SIGTERM', () => drain.abort())
process.on('disconnect', () => {
  drain.abort()
  // Without a supervisor nobody waits for the end, and the database may have gone as well: the heartbeat thread ends a task that does not
  // stop, this ends what is left.
  setTimeout(leave, leaveMs).unref()
})

/** After the grace time of any task, as a rule. */
const leaveMs = 15_000
function leave(): void {
  const { [markVariable]: mark } = process.env
  if (mark !== undefined) killProcessesOf(mark)
  endAtOnce()
}

const asked = new Map<string, PromiseWithResolvers<unknown>>()
/** What the supervisor gives for a project of which a task has been claimed. */
function optionsOf(project: string): Promise<unknown> {
  const answer = asked.get(project) ?? Promise.withResolvers<unknown>()
  asked.set(project, answer)
  void tell({ kind: 'project', project })
  return answer.promise
}

const options = await new Promise<WorkerOptions>((resolve) => {
  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        resolve(message.options)
        break
      case 'drain':
        drain.abort()
        break
      case 'project':
        asked.get(message.project)?.resolve(message.options)
        asked.delete(message.project)
        break
      case 'refused':
        asked.get(message.project)?.reject(
          attemptErrors.killed(`the claim of a task of ${message.project} was lost before it began`, {
            next: 'Nothing to do: whoever has the claim now runs the task.',
          }),
        )
        asked.delete(message.project)
        break
      default:
        unreachable(message)
    }
  })
})
drawBorders()
// For what code outside of attempts starts.
process.env[markVariable] = options.mark
try {
  await work(options)
  closeDebugger()
  process.exit(0)
} catch (error) {
  await tell({ kind: 'unable', message: error instanceof Error ? error.message : String(error) })
  closeDebugger()
  process.exit(1)
}

async function work(given: WorkerOptions): Promise<void> {
  const address = given.debuggerPort === null ? null : openDebugger(given.debuggerPort)
  if (address !== null) await tell({ kind: 'debuggable', url: address })
  const opened = await processCapabilities(given.capabilities, given, {
    optionsOf,
    onSecrets: (secrets) => void tell({ kind: 'secrets', secrets }),
  })
  const pool = openPool(given.databaseUrl, { max: 2, applicationName: 'sluice worker' })
  await runWorker({
    ...given,
    pool,
    opened,
    output: new OwnOutput(opened.mask, (message) => void tell(message)),
    onChildOutput: (log, output) => void tell({ kind: 'output', log, output }),
    onFirstChild: () => void tell({ kind: 'children' }),
    drain: drain.signal,
    registered: (worker) => void tell({ kind: 'ready', worker, secrets: opened.secrets() }),
    full: () => void tell({ kind: 'full' }),
    stray: (told, ran) => tell({ kind: 'stray', told, ran }),
    fault: (message) => void tell({ kind: 'fault', message }),
  })
  await pool.end()
}
