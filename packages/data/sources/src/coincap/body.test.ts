import { expect, test } from 'vitest'
import { checkBody } from './body.ts'

const good = {
  ...{ id: 'bitcoin', rank: '1', symbol: 'BTC', name: 'Bitcoin', supply: '19965971.000000000000000000', maxSupply: null },
  ...{
    marketCapUsd: '1751239275575.199951171875000000',
    volumeUsd24Hr: '41020315364.905166625976562500',
    priceUsd: '87711.199999999997089617',
  },
  ...{ changePercent24Hr: '-2.4410536133077088', vwap24Hr: '88305.90262468117', tokens: { '1': ['0xa1'] }, added: true },
}
const { supply: _, ...withoutSupply } = good
const bodyOf = (...data: readonly unknown[]): string => JSON.stringify({ timestamp: 1, data })

test('one odd item refuses no page: a number for a text, a missing field, an item that is not an object', () => {
  const odd = [{ ...good, priceUsd: 1.5 }, withoutSupply, { ...good, rank: 7 }, null, 'bitcoin', []]
  expect(checkBody('assets', bodyOf(good, ...odd))).toBe(7)
  expect(checkBody('assets', bodyOf())).toBe(0)
})

test.each([
  [bodyOf({ ...good, priceUsd: 1.5 }, { ...good, priceUsd: 2 }), 'data.0.priceUsd'],
  [bodyOf(withoutSupply), 'data.0.supply'],
  [JSON.stringify({ timestamp: 1, data: good }), 'data'],
  [JSON.stringify({ data: [good] }), 'timestamp'],
])('a body none of whose items is as expected is a change of the API: %.40s', (text, field) => {
  expect(() => checkBody('assets', text)).toThrow(expect.objectContaining({ code: 'source.schema', facts: { field, issues: 1 } }))
})
