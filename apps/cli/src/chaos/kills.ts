import { seeded } from '@sluice/core/testing'

/** `frozen`: a worker that stands still for longer than its lease and then continues, as on a machine that was suspended. */
export const victims = ['worker', 'frozen', 'start', 'postgres', 'everything'] as const
export type Victim = (typeof victims)[number]

export interface Kill {
  /** Wait until the platform works again after the kill before; otherwise this one may meet it while it is coming up. */
  readonly working: boolean
  /** After that. */
  readonly afterMs: number
  readonly victim: Victim
  /** In [0, 1): which of several processes. */
  readonly which: number
}

/** About what a run takes: a kill may fall into any of its tasks. */
const longestMs = 600

/** The kills of a seed: workers most often; in any ten each victim at least once, and two at least that find the platform working. */
export function killsOf(seed: number, count: number): readonly Kill[] {
  const random = seeded(seed)
  const round: readonly Victim[] = ['worker', 'worker', 'worker', 'worker', 'frozen', 'frozen', 'start', 'start', 'postgres', 'everything']
  const kills: Kill[] = []
  while (kills.length < count) {
    const order = round.map((victim) => ({ victim, at: random.next() })).toSorted((a, b) => a.at - b.at)
    for (const { victim } of order) {
      kills.push({
        working: kills.length % round.length < 2 || random.chance(0.8),
        afterMs: random.integer(longestMs),
        victim,
        which: random.next(),
      })
    }
  }
  return kills.slice(0, count)
}
