import { expect, test } from 'vitest'
import { Waiters } from './waiters.ts'

const told = async (waits: Promise<void>): Promise<string> =>
  await waits.then(
    () => 'woken',
    (error: Error) => error.message,
  )

test('the one who has waited longest is woken first, each once, and all at once', async () => {
  const waiters = new Waiters()
  const order: number[] = []
  const waits = [1, 2, 3, 4].map((n) => waiters.untilWoken(undefined).then(() => order.push(n)))
  expect(waiters.wakeOne()).toBe(true)
  await waits[0]
  waiters.wakeAll()
  await Promise.all(waits)
  expect(order).toEqual([1, 2, 3, 4])
  expect(waiters.wakeOne()).toBe(false)
})

test('whoever stops waiting is told at once, and the next wake is for another', async () => {
  const waiters = new Waiters()
  const leaving = new AbortController()
  const [first, second] = [told(waiters.untilWoken(leaving.signal)), told(waiters.untilWoken(undefined))]
  leaving.abort(new Error('left'))
  expect(await first).toBe('left')
  waiters.wakeOne()
  expect(await second).toBe('woken')
})

test('a wake for somebody who leaves at the same moment goes to the next one', async () => {
  const waiters = new Waiters()
  const leaving = new AbortController()
  const [first, second] = [told(waiters.untilWoken(leaving.signal)), told(waiters.untilWoken(undefined))]
  waiters.wakeOne()
  leaving.abort(new Error('left'))
  expect(await Promise.all([first, second])).toEqual(['left', 'woken'])
})
