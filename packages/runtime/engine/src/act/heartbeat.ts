import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FromHeartbeat, HeartbeatOptions, ToHeartbeat } from './heartbeat-protocol.ts'

/** The heartbeat thread as the main thread of a worker process sees it. */
export interface Heartbeat {
  /** Under which the process claims from now on. */
  readonly worker: number
  send(message: ToHeartbeat): void
  stop(): Promise<void>
}

/** Resolves once the process is registered: its first heartbeat is what registers it. */
export async function startHeartbeat(options: HeartbeatOptions, onMessage: (message: FromHeartbeat) => void): Promise<Heartbeat> {
  const thread = new Worker(fileURLToPath(import.meta.resolve('@sluice/engine/heartbeat')), { workerData: options })
  let worker = 0
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject)
    thread.on('message', (message: FromHeartbeat) => {
      if (message.kind === 'registered') {
        worker = message.worker
        resolve()
      }
      if (message.kind === 'runnable') thread.postMessage({ kind: 'heard' } satisfies ToHeartbeat)
      onMessage(message)
    })
  })
  // Without its heartbeat the process would work under a lease that nobody extends.
  thread.on('error', () => process.exit(1))
  return {
    get worker() {
      return worker
    },
    send: (message) => thread.postMessage(message),
    stop: async () => {
      await thread.terminate()
    },
  }
}
