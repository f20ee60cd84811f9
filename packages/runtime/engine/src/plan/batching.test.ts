import { expect, test } from 'vitest'
import { mostLosses } from '../state/workers.ts'
import { atHandOf, claimSize, isSuspect, nextWidth, paced, roomBeside, unknownPace } from './batching.ts'

test('tasks are claimed ahead only once they proved very short, and one slow task ends that', () => {
  expect(claimSize(unknownPace)).toBe(1)
  let pace = unknownPace
  for (let n = 0; n < 20; n++) pace = paced(pace, 0.5)
  expect(claimSize(pace)).toBeGreaterThan(20)
  expect(claimSize(paced(pace, 200))).toBe(1)
})

test('the width doubles up to the slots while all of it is used and the event loop is free, and falls to one where it was busy', () => {
  expect(nextWidth(4, 4, 'free', 32)).toBe(8)
  expect(nextWidth(4, 3, 'free', 32)).toBe(4)
  expect(nextWidth(4, 4, undefined, 32)).toBe(4)
  expect(nextWidth(24, 24, 'free', 32)).toBe(32)
  expect(nextWidth(24, 24, 'busy', 32)).toBe(1)
})

const [long, short] = [unknownPace, paced({ averageMs: 0.1 }, 0.1)]
const atHand = (waiting: number, computing = 0) => ({ waiting, computing, apart: false })

test('a process that holds nothing may take a task that was lost before, and nothing joins such a task, nor one that is isolated', () => {
  expect(roomBeside(atHand(0), { slots: 32, width: 4, pace: long })).toEqual({ room: 4, computing: 1, alone: true })
  for (const pace of [long, short]) {
    expect(roomBeside({ ...atHand(1), apart: true }, { slots: 32, width: 4, pace })).toBeUndefined()
    expect(roomBeside({ ...atHand(0, 1), apart: true }, { slots: 32, width: 4, pace })).toBeUndefined()
  }
})

test('beside what runs there is room up to the width, for one task that computes, and never for more than the slots', () => {
  expect(roomBeside(atHand(3), { slots: 32, width: 4, pace: long })).toEqual({ room: 1, computing: 1, alone: false })
  expect(roomBeside(atHand(3, 1), { slots: 32, width: 4, pace: long })).toEqual({ room: 1, computing: 0, alone: false })
  expect(roomBeside(atHand(4, 1), { slots: 32, width: 4, pace: long })).toBeUndefined()
  // Claimed ahead: they end before the next one begins.
  expect(roomBeside(atHand(4), { slots: 32, width: 4, pace: short })).toMatchObject({ room: 28 })
  expect(roomBeside(atHand(32), { slots: 32, width: 32, pace: short })).toEqual({ room: 0, computing: 1, alone: false })
  // Of a width of one the event loop is not known to be free: a task that computes would wait behind the other.
  expect(roomBeside(atHand(1), { slots: 32, width: 1, pace: long })).toBeUndefined()
})

test('a task that was lost before and one that is isolated are apart, a step of SQL is not', () => {
  const claim = { computes: false, isolated: false, losses: 0, ranMs: 0 }
  expect(atHandOf([claim, claim, { ...claim, computes: true }])).toEqual({ waiting: 2, computing: 1, apart: false })
  expect(atHandOf([{ ...claim, computes: true, isolated: true }])).toEqual({ waiting: 0, computing: 1, apart: true })
  expect(atHandOf([{ ...claim, losses: 1 }])).toEqual({ waiting: 1, computing: 0, apart: true })
  expect(atHandOf([{ ...claim, losses: 1, ranMs: 5_000 }])).toEqual({ waiting: 1, computing: 0, apart: false })
})

test('nothing joins a task that was lost until it has run for a while, longer after each loss, and never when one more fails it', () => {
  expect(isSuspect(0, 0)).toBe(false)
  const joinedAfter = (losses: number) => [500, 2_000, 20_000, 86_400_000].find((ranMs) => !isSuspect(losses, ranMs))
  expect([1, 2, mostLosses].map(joinedAfter)).toEqual([2_000, 20_000, undefined])
})
