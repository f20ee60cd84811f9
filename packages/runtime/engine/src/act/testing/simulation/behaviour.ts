import type { Random } from '@sluice/core/testing'
import type { Ended } from '../../../plan/after-attempt.ts'

/** What a simulated task does once its code is called. */
export interface Behaviour {
  readonly durationMs: number
  readonly end: Ended
  /** Holds the event loop of its process for its whole time. */
  readonly blocks: boolean
  /** Goes on after its abort signal. */
  readonly ignoresSignal: boolean
  /** Ends its process in the middle. */
  readonly killsProcess: boolean
  /** Writes a batch to a sink before it ends. */
  readonly writes: boolean
}

/** The kinds of tasks of a scenario; a task's name begins with its kind. */
export const kinds = ['quick', 'waits', 'computes', 'blocks', 'fails', 'hangs', 'deaf', 'kills', 'sensor'] as const
export type Kind = (typeof kinds)[number]

export const kindOf = (task: string): Kind => kinds.find((kind) => task.startsWith(kind)) ?? 'quick'

export const error = { code: 'task.failed', kind: 'retryable', message: 'it failed' } as const

export function behaviourOf(kind: Kind, random: Random): Behaviour {
  const returned: Ended = { kind: 'returned', output: random.integer(100) }
  const base: Behaviour = {
    durationMs: 1 + random.integer(40),
    end: returned,
    blocks: false,
    ignoresSignal: false,
    killsProcess: false,
    writes: true,
  }
  switch (kind) {
    case 'quick':
      return base
    case 'waits':
      return { ...base, durationMs: 200 + random.integer(3_000) }
    case 'computes':
      return { ...base, durationMs: 50 + random.integer(1_500) }
    case 'blocks':
      return { ...base, durationMs: 100 + random.integer(2_000), blocks: true }
    case 'fails':
      return random.chance(0.5) ? { ...base, end: { kind: 'threw', error }, writes: false } : base
    case 'hangs':
      return random.chance(0.5) ? { ...base, durationMs: 3_600_000 } : base
    case 'deaf':
      return random.chance(0.5) ? { ...base, durationMs: 3_600_000, ignoresSignal: true } : base
    case 'kills':
      return { ...base, durationMs: 100, killsProcess: random.chance(0.4) }
    case 'sensor':
      return { ...base, end: random.chance(0.6) ? { kind: 'not_yet' } : returned, writes: false }
  }
}
