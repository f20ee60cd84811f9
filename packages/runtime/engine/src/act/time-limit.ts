import { later } from '@sluice/process'

export interface TimeLimit {
  readonly timeoutMs: number
  /** Whether other attempts have run beside this one. */
  readonly beside: () => boolean
  /** Told the instant (epoch milliseconds) at which the time is over, and again when that moves. */
  readonly told: (at: number) => void
  readonly over: () => void
}

/** A timer of a loop that turns is never so late. */
const lateMs = 100

/**
 * Calls `over` when the time of an attempt is over. What another attempt beside it blocked the event loop beyond that, it is given back, at
 * most its time once more each time: what it waited for may have come long ago, and could not be heard. Gives back what takes it back.
 */
export function limitTime({ timeoutMs, beside, told, over }: TimeLimit): () => void {
  let takeBack: () => void
  const wait = (ms: number): void => {
    const at = Date.now() + ms
    told(at)
    takeBack = later(ms, () => {
      const late = Date.now() - at
      if (late > lateMs && beside()) wait(Math.min(late, timeoutMs))
      else over()
    })
  }
  wait(timeoutMs)
  return () => takeBack()
}
