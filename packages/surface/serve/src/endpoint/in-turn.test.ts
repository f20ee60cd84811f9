import { ownerGrants } from '@sluice/accounts'
import { createTurns } from '@sluice/process'
import { expect, test, vi } from 'vitest'
import type { Caller } from './caller.ts'
import { inTurn, streamInTurn } from './in-turn.ts'

const caller: Caller = { kind: 'owner', actor: 'owner', username: null, grants: ownerGrants }
const one = () => createTurns({ all: 1, kept: 0, each: 1, waiting: 5, waitingMs: 600_000 })
const never = new AbortController().signal

test('who stops reading an answer gives the turn back, and what made the answer ends', async () => {
  vi.useFakeTimers()
  try {
    const turns = one()
    let isMade = true
    const pieces = async function* () {
      try {
        for (;;) yield 'piece'
      } finally {
        isMade = false
      }
    }
    const answer = (await streamInTurn(turns, { caller, signal: never }, async () => pieces(), 1_000))[Symbol.asyncIterator]()
    // As long as it is read, however slowly, the turn is kept.
    for (let read = 0; read < 5; read++) {
      expect(await answer.next()).toEqual({ done: false, value: 'piece' })
      await vi.advanceTimersByTimeAsync(900)
    }
    let begun = false
    const other = inTurn(turns, { caller, signal: never }, async () => {
      begun = true
    })
    await vi.advanceTimersByTimeAsync(99)
    expect([begun, isMade]).toEqual([false, true])
    await vi.advanceTimersByTimeAsync(1)
    await other
    expect([begun, isMade]).toEqual([true, false])
    await expect(answer.next()).rejects.toMatchObject({ code: 'query.timeout', facts: { limitMs: 1_000 } })
  } finally {
    vi.useRealTimers()
  }
})

test('an answer that was read to its end, or left, has no clock that goes on', async () => {
  vi.useFakeTimers()
  try {
    const turns = one()
    const pieces = async function* () {
      yield 'a'
      yield 'b'
    }
    const open = () => streamInTurn(turns, { caller, signal: never }, async () => pieces(), 1_000)
    expect(await Array.fromAsync(await open())).toEqual(['a', 'b'])
    for await (const piece of await open()) {
      expect(piece).toBe('a')
      break
    }
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
