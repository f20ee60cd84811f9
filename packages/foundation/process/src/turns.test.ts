import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { createTurns, type Person, whoseTurn } from './turns.ts'

const of = (name: string, mayGoFirst = false): { readonly person: Person } => ({ person: { name, mayGoFirst } })
const limits = { all: 3, kept: 1, each: 2 }

test('the turn is that of the person who has the fewest, among these of who came first', () => {
  const waiting = [of('ann'), of('ann'), of('bob'), of('cyd')]
  expect(whoseTurn(waiting, [], limits)).toBe(waiting[0])
  expect(whoseTurn(waiting, [of('ann')], limits)).toBe(waiting[2])
  expect(whoseTurn(waiting, [of('ann'), of('bob')], limits)).toBe(waiting[3])
})

test('nobody has more than their number, and the kept turn is for those who may go first alone', () => {
  expect(whoseTurn([of('ann')], [of('ann'), of('ann')], limits)).toBeUndefined()
  const full = [of('ann'), of('ann'), of('bob')]
  expect(whoseTurn([of('cyd')], full, limits)).toBeUndefined()
  const admin = of('admin', true)
  expect(whoseTurn([of('cyd'), admin], full, limits)).toBe(admin)
  expect(whoseTurn([admin], [...full, of('root', true)], limits)).toBeUndefined()
})

test('one who waits too often is refused with the number of those that wait, and one who leaves gives up their place', async () => {
  const turns = createTurns({ ...limits, each: 1, waiting: 1, waitingMs: 600_000 })
  const ann = { name: 'ann', mayGoFirst: false }
  const first = await turns.take(ann)
  const leaving = new AbortController()
  const second = turns.take(ann, leaving.signal)
  await expect(turns.take(ann)).rejects.toMatchObject({ code: 'query.busy', status: 429, facts: { waiting: 1 }, retryAfterMs: 5_000 })
  leaving.abort(new Error('gone'))
  await expect(second).rejects.toThrow('gone')
  const third = turns.take(ann)
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  using _ = await third
})

test('one who waits for longer than a connection lasts is refused too, and the place is free again', async () => {
  const turns = createTurns({ ...limits, each: 1, waiting: 1, waitingMs: 20 })
  const ann = { name: 'ann', mayGoFirst: false }
  const first = await turns.take(ann)
  await expect(turns.take(ann)).rejects.toMatchObject({ code: 'query.busy', status: 429, facts: { waiting: 1 }, retryAfterMs: 5_000 })
  await expect(turns.take(ann)).rejects.toMatchObject({ code: 'query.busy' })
  first[Symbol.dispose]()
  using _ = await turns.take(ann)
})

test('whoever comes in whatever order, the limits hold and everybody has their turn', async () => {
  const random = seeded(seedOfRun())
  const turns = createTurns({ ...limits, waiting: 1_000, waitingMs: 600_000 })
  const running: string[] = []
  const names = ['ann', 'bob', 'cyd', 'admin']
  const asked = Array.from({ length: 200 }, async () => {
    const name = names[random.integer(names.length)] ?? 'ann'
    using _ = await turns.take({ name, mayGoFirst: name === 'admin' })
    running.push(name)
    expect(running.length).toBeLessThanOrEqual(4)
    expect(running.filter((each) => each !== 'admin').length).toBeLessThanOrEqual(3)
    expect(running.filter((each) => each === name).length).toBeLessThanOrEqual(2)
    for (let turn = random.integer(5); turn >= 0; turn--) await Promise.resolve()
    running.splice(running.indexOf(name), 1)
  })
  expect(await Promise.all(asked)).toHaveLength(200)
})
