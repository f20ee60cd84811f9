import { startWorkers } from '../supervisor.ts'

/**
 * A supervisor in a process of its own, to be killed with its workers as a host that dies. Arguments: state directory, lease. The database
 * is `DATABASE_URL`, since everybody sees arguments.
 */
const [stateDir = '', leaseMs = '2000'] = process.argv.slice(2)
const { DATABASE_URL: databaseUrl = '' } = process.env
const workers = await startWorkers({ databaseUrl, stateDir, count: 1, leaseMs: Number(leaseMs), graceMs: 300 })
process.once('disconnect', () => process.exit(1))
await workers.ready()
process.send?.(workers.list().map(({ pid }) => pid))
