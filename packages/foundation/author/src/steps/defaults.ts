import { type Duration, durationMs, given, type RetryOptions, retryPolicy } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { named } from '../base/names.ts'
import { aPool, optionNames, refuseOddOptions, refuseOtherValues, refuseOtherWords, shown } from '../base/shape.ts'

/** A counted limit on tasks that run at once, whatever their pipeline. */
export interface Pool {
  readonly kind: 'pool'
  readonly name: string
  readonly slots: number
}

/** Steps of one pool share its slots: `pool('coincap', 4)` lets four of them run at once. */
export function pool(name: string, slots: number): Pool {
  if (!Number.isSafeInteger(slots) || slots < 1) {
    throw refused(`pool ${name}`, `${shown(slots)} is not a number of slots`, "Write a whole number from 1: pool('coincap', 4).")
  }
  return frozen({ kind: 'pool', name: named('pool', name), slots })
}

/** How steps are run that say nothing of their own: of a group, or of a pipeline. */
export interface Defaults {
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly pool?: Pool
}

/** A named set of steps, for people; and defaults for those in it. A step says `in: group`, so it keeps its identity. */
export interface Group {
  readonly kind: 'group'
  readonly name: string
  readonly defaults: Defaults
}

/** A named set of steps, for people, with defaults of its own. */
export const group = (name: string, defaults: Defaults = {}): Group => {
  refuseOddOptions(`group ${name}`, defaults, defaultNames)
  refuseOtherValues(`group ${name}`, defaults, { pool: aPool })
  return frozen({ kind: 'group', name: named('group', name), defaults: checkedDefaults(defaults) })
}

export const defaultNames = optionNames<Defaults>({ retry: true, timeout: true, pool: true })
const retryNames = optionNames<RetryOptions>({ attempts: true, delay: true, backoff: true, maxDelay: true, maxRetryAfter: true })

/** @throws `definition.invalid` for a retry or a duration that is not one */
export function checkedDefaults({ retry, timeout, pool }: Defaults): Defaults {
  if (retry !== undefined) {
    refuseOddOptions('retry', retry, retryNames)
    if (retry.backoff !== undefined) refuseOtherWords('retry', 'backoff', retry.backoff, ['constant', 'exponential'])
    retryPolicy(retry)
  }
  if (timeout !== undefined) durationMs(timeout)
  return given({ retry, timeout, pool })
}
