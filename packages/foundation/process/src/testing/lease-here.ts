import { spawnSync } from 'node:child_process'

/**
 * A lease in milliseconds that a worker of this machine keeps, as busy as it is: fifty times what the bare start of Node takes, and 2 s at
 * least. A worker whose first heartbeat comes later than its lease lasts is killed and started again without end.
 */
export function leaseHere(): number {
  const began = performance.now()
  spawnSync(process.execPath, ['-e', ''])
  return Math.max(2_000, Math.ceil(50 * (performance.now() - began)))
}
