import type { AnswersFact } from '@sluice/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLake } from '../lake.ts'
import { firstTick, pagesOf, type TemporaryLake, temporaryLake, writeTo } from '../testing/index.ts'

let at: TemporaryLake
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const day = 86_400_000
const answersOf = (greatest: string, source = 'orders'): AnswersFact => ({ source, requests: 1, greatest })

test('the newest landing of a source before a time is asked, among many days and sources', async () => {
  const { lake } = at
  for (const [index, source] of ['orders', 'orders', 'others', 'others'].entries()) {
    await lake.land(writeTo('bronze.orders', { tick: firstTick + index * day }), pagesOf('{}'), {
      answers: () => answersOf(`${index}`, source),
    })
  }
  await lake.land(writeTo('bronze.orders', { tick: firstTick + 9 * day }), pagesOf('{}'))
  const found = async (source: string, before: number) => (await lake.answers('bronze.orders', source, before))?.greatest
  expect(await found('orders', firstTick + 10 * day)).toBe('1')
  expect(await found('others', firstTick + 10 * day)).toBe('3')
  expect(await found('orders', firstTick + day)).toBe('0')
  expect(await found('orders', firstTick)).toBeUndefined()
  expect(await found('nobody', firstTick + 10 * day)).toBeUndefined()
  expect(await lake.answers('bronze.none', 'orders', firstTick)).toBeUndefined()
})

test('what retention took still tells how far its source was read', async () => {
  const lake = openLake({ storage: at.beside(), project: 'demo', duckdb: async () => at.duck, policy: { bronze: { keep: '1d' } } })
  const landed = await lake.land(writeTo('bronze.orders'), pagesOf('{}'), { answers: () => answersOf('7') })
  expect((await lake.retain({ now: firstTick + 9 * day, consumed: [landed.batch] })).steps).toHaveLength(1)
  expect(await lake.answers('bronze.orders', 'orders', firstTick + 9 * day)).toEqual(answersOf('7'))
})
