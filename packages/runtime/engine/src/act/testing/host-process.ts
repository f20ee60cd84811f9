import { startWorkers } from '../supervisor.ts'

/**
 * A supervisor in a process of its own, to be killed with its workers as a host that dies. Arguments: database URL, state directory, lease.
 */
const [databaseUrl = '', stateDir = '', leaseMs = '2000'] = process.argv.slice(2)
const workers = await startWorkers({ databaseUrl, stateDir, count: 1, leaseMs: Number(leaseMs), graceMs: 300 })
await workers.ready()
process.send?.(workers.list().map(({ pid }) => pid))
