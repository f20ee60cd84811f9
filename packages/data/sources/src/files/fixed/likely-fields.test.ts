import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { likelyFields } from './likely-fields.ts'

const lines = ['7     Oak table     1249.00 FR', '8     Pine            89.90 DE', '1000  Elm lamp        45.50 IE']

test('cells at fixed places are found by the spaces that all lines have', () => {
  expect(likelyFields(lines)).toEqual({
    fields: { column_1: [1, 6], column_2: [7, 9], column_3: [16, 13], column_4: [29, 2] },
    header: false,
  })
})

test('spaces before numbers are of the number, so that a longer one keeps its first digits', () => {
  const [, [first, width] = [0, 0]] = Object.entries(likelyFields(lines)?.fields ?? {})[2] ?? []
  expect('9     Oak table 999991249.00 FR'.slice(first - 1, first - 1 + width).trim()).toBe('999991249.00')
})

test('a line of names above numbers names the columns', () => {
  expect(likelyFields(['id    name            total cc', ...lines])).toMatchObject({
    header: true,
    fields: { id: [1, 6], total: [16, 13] },
  })
})

test('sentences, cells of one word, and a few lines are not taken for fixed width', () => {
  expect(likelyFields(['Dear all,', 'this is a note of some words.', 'It has lines of other lengths.'])).toBeUndefined()
  expect(likelyFields(['a', 'b', 'c', 'd'])).toBeUndefined()
  expect(likelyFields(lines.slice(0, 2))).toBeUndefined()
})

test('rows that are written at random widths have each cell in one of the fields', () => {
  const random = seeded(seedOfRun())
  for (let round = 0; round < 50; round++) {
    const widths = Array.from({ length: 2 + random.integer(5) }, () => 1 + random.integer(9))
    const rows = Array.from({ length: 5 + random.integer(30) }, () =>
      widths.map((width) => random.pick(['x', 'é', '7', '日'] as const).repeat(1 + random.integer(width))),
    )
    const text = rows.map((cells) =>
      cells
        .map((cell, at) => cell.padEnd((widths[at] ?? 0) + 2))
        .join('')
        .trimEnd(),
    )
    const fields = Object.values(likelyFields(text)?.fields ?? {})
    const read = text.map((line) => fields.map(([first, width]) => line.slice(first - 1, first - 1 + width).trim()))
    expect(read, `SLUICE_SEED=${seedOfRun()}`).toEqual(rows)
  }
})
