import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { LoopLoad } from '../plan/batching.ts'

/** A shorter time says nothing: one claim and its answer take some milliseconds. */
export const lookMs = 25
const busyShare = 0.9

/** Whether the event loop of this process had next to no idle time since it was last asked: a task computed, or blocked. */
export function loopLoad(): () => LoopLoad {
  let before: EventLoopUtilization = performance.eventLoopUtilization()
  return () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(before)
    if (active + idle < lookMs) return undefined
    before = performance.eventLoopUtilization()
    return utilization > busyShare ? 'busy' : 'free'
  }
}
