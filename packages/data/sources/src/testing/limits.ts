import { fc } from '@sluice/core/testing/properties'
import { expect } from 'vitest'
import type { Calls, SpanLimit } from '../http/calls.ts'

/** A wish to call: so long behind the one before it, seen by the service so long behind its grant, answered so long behind that. */
const wish = fc.record({ after: fc.nat(900), travels: fc.nat(400), answers: fc.nat(400) })
const limit = fc.record({ calls: fc.integer({ min: 1, max: 5 }), perMs: fc.integer({ min: 50, max: 2_000 }) })

/** What any count of calls must hold, whoever counts: the calls in any span that a service sees are never more than its limit. */
export async function holdsLimits(open: (now: () => number) => Promise<Calls>, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(limit, { minLength: 1, maxLength: 2 }),
      fc.array(wish, { minLength: 1, maxLength: 12 }),
      async (limits, wishes) => {
        const clock = { now: 1_000_000 }
        const calls = await open(() => clock.now)
        const seen: number[] = []
        const underway: { readonly id: string; readonly endsAt: number }[] = []
        const pass = async (ms: number): Promise<void> => {
          const until = clock.now + ms
          for (const each of underway.filter(({ endsAt }) => endsAt <= until).sort((a, b) => a.endsAt - b.endsAt)) {
            clock.now = each.endsAt
            await calls.end(each.id)
            underway.splice(underway.indexOf(each), 1)
          }
          clock.now = until
        }
        for (const { after, travels, answers } of wishes) {
          await pass(after)
          for (let tries = 0; ; tries++) {
            expect(tries).toBeLessThan(50)
            const { waitMs, call } = await calls.begin('shop', limits)
            if (waitMs === 0) {
              seen.push(clock.now + travels)
              underway.push({ id: call ?? '', endsAt: clock.now + travels + answers })
              break
            }
            await pass(Math.ceil(waitMs))
          }
        }
        for (const each of limits) expect(mostInSpan(seen, each)).toBeLessThanOrEqual(each.calls)
      },
    ),
    { numRuns: runs },
  )
}

/** The most that stand in a span [at, at + perMs). */
export const mostInSpan = (seen: readonly number[], { perMs }: Pick<SpanLimit, 'perMs'>): number =>
  Math.max(0, ...seen.map((at) => seen.filter((other) => other >= at && other < at + perMs).length))
