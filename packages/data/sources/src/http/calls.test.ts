import { expect, test } from 'vitest'
import { holdsLimits, mostInSpan } from '../testing/limits.ts'
import { type Calls, callsHere, waitMsOf } from './calls.ts'

test('a service never sees more calls in any span than its limits let through, however long calls travel', async () => {
  await holdsLimits(async (now) => callsHere(now), 300)
})

test('the check of it has teeth: calls that count from their grant are too many for a service that sees them late', async () => {
  const hasty = (now: () => number): Calls => {
    const calls = callsHere(now)
    return {
      ...calls,
      begin: async (connection, limits) => {
        const begun = await calls.begin(connection, limits)
        if (begun.call !== undefined) await calls.end(begun.call)
        return begun
      },
      end: async () => undefined,
    }
  }
  await expect(holdsLimits(async (now) => hasty(now), 300)).rejects.toThrow()
  expect(mostInSpan([0, 5, 10], { perMs: 10 })).toBe(2)
})

test('a call whose process tells no end counts for a minute, and no longer', () => {
  const lost = [{ began: 0, ended: undefined }]
  const limits = [{ calls: 1, perMs: 1_000 }]
  expect(waitMsOf(lost, limits, 500)).toBe(1_000)
  expect(waitMsOf(lost, limits, 60_500)).toBe(500)
  expect(waitMsOf(lost, limits, 61_000)).toBe(0)
})

test('a hold keeps everybody from a connection, and from no other', async () => {
  const clock = { now: 0 }
  const calls = callsHere(() => clock.now)
  await calls.hold('shop', 700)
  await calls.hold('shop', 200)
  expect(await calls.begin('shop', [])).toEqual({ waitMs: 700 })
  expect(await calls.begin('other', [])).toEqual({ waitMs: 0 })
  clock.now = 700
  expect(await calls.begin('shop', [])).toEqual({ waitMs: 0 })
})
