import { expect, test } from 'vitest'
import { assetsAt } from './quote.ts'
import { start } from './start.ts'
import { differences } from './testing/forms.ts'
import { recordedAssets } from './testing/recorded.ts'

const now = Date.UTC(2026, 10, 21, 3, 30)
const day = 86_400_000

test('what /assets answers is of the form of a recorded body: numbers, nulls, lists, order of the fields', async () => {
  const simulator = await start({ seed: 7, now: () => now })
  try {
    const answer = await fetch(`${simulator.url}/assets?limit=2000`, { headers: { authorization: `Bearer ${simulator.apiKey}` } })
    const body = (await answer.json()) as { readonly timestamp: number; readonly data: readonly object[] }
    expect(body.data.length).toBeGreaterThan(100)
    expect(differences(body, recordedAssets)).toEqual([])
  } finally {
    await simulator.close()
  }
})

test('doubles of every length come: 16 and 17 significant digits, and more decimals than 18', () => {
  const texts = Array.from({ length: 60 }, (_, back) => assetsAt(7, now - back * day)).flat()
  const changes = texts.map(({ changePercent24Hr }) => changePercent24Hr)
  const digits = new Set(
    changes.map(
      (text) =>
        text
          .replace(/e.*$/, '')
          .replace(/^-?0?\.?0*/, '')
          .replace('.', '').length,
    ),
  )
  expect([digits.has(16), digits.has(17)]).toEqual([true, true])
  expect(changes.some((text) => /^-?\d+\.\d{19,}$/.test(text) || text.includes('e-'))).toBe(true)
})

test.each([
  [
    '16 decimals, as v2 printed',
    { priceUsd: '78583.9002943722298369' },
    'priceUsd of row 0, "78583.9002943722298369", is not a double with 18 decimals',
  ],
  [
    '18 decimals that no double shows',
    { priceUsd: '0.100000000000000000' },
    'priceUsd of row 0, "0.100000000000000000", is not a double with 18 decimals',
  ],
  [
    'a change that is not shortest',
    { changePercent24Hr: '6.0162562134236468000' },
    'changePercent24Hr of row 0, "6.0162562134236468000", is not a double in its shortest form',
  ],
  ['a JSON number', { vwap24Hr: 1.5 }, 'vwap24Hr of row 0, 1.5, is not a text'],
  ['a price that is null', { priceUsd: null }, 'priceUsd of row 0 is null, which was never recorded'],
  ['tokens as a list', { tokens: [] }, 'tokens of row 0, [], is not lists of texts by chain'],
  ['another field', { extra: 1 }, `row 0 holds ${[...Object.keys(recordedAssets.data[0]), 'extra'].join()}`],
])('a body that differs is told by its field: %s', (_, changed, told) => {
  const body = { ...recordedAssets, data: [{ ...recordedAssets.data[0], ...changed }] }
  expect(differences(body, recordedAssets)).toContain(told)
})
