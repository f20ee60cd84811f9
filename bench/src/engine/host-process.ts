/**
 * One host of the platform, as `sluice start` makes it: a scheduler, a supervisor and its worker processes. Takes its options as JSON in
 * `HOST_OPTIONS`, since everybody sees arguments, prints its workers' process ids as a JSON array whenever they change, and drains when its
 * standard input ends.
 */
import { startScheduler, startWorkers, type WorkerEvent } from '@sluice/engine'

export interface HostOptions {
  readonly databaseUrl: string
  readonly stateDir: string
  readonly workers: number
  readonly leaseMs: number
}

const { databaseUrl, stateDir, workers: count, leaseMs } = JSON.parse(process.env.HOST_OPTIONS ?? '') as HostOptions
const registered = new Set<number>()

function note(event: WorkerEvent): void {
  if (event.kind === 'trouble') console.error(event.message)
  if (event.kind === 'ready') registered.add(event.pid)
  if (event.kind === 'ended') registered.delete(event.pid)
  if (event.kind === 'ready' || event.kind === 'ended') console.log(JSON.stringify([...registered]))
}

const scheduler = await startScheduler({ databaseUrl, onTrouble: (error) => console.error(error) })
const workers = await startWorkers({ databaseUrl, stateDir, count, leaseMs, onEvent: note })

process.stdin.resume()
process.stdin.once('end', () => void workers.stop({ drainMs: 2_000 }).then(() => scheduler.stop()))
