import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FromHeartbeat, HeartbeatOptions, ToHeartbeat } from './heartbeat-protocol.ts'

/** The heartbeat thread as the main thread of a worker process sees it. */
export interface Heartbeat {
  send(message: ToHeartbeat): void
  stop(): Promise<void>
}

/** Resolves once the lease has been extended for the first time. */
export async function startHeartbeat(options: HeartbeatOptions, onMessage: (message: FromHeartbeat) => void): Promise<Heartbeat> {
  const thread = new Worker(fileURLToPath(import.meta.resolve('@sluice/engine/heartbeat')), { workerData: options })
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject)
    thread.on('message', (message: FromHeartbeat) => {
      if (message.kind === 'ready') resolve()
      else onMessage(message)
    })
  })
  // Without its heartbeat the process would work under a lease that nobody extends.
  thread.on('error', () => process.exit(1))
  return {
    send: (message) => thread.postMessage(message),
    stop: async () => {
      await thread.terminate()
    },
  }
}
