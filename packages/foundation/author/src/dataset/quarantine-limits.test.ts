import { expect, test } from 'vitest'
import { dataset, text } from '../index.ts'
import { leftOut, soundKeyOf } from './quarantine-limits.ts'

test.each<readonly [string, number, number, Parameters<typeof leftOut>[1], string | undefined]>([
  ['nothing', 0, 120, undefined, undefined],
  ['a batch without rows', 0, 0, undefined, undefined],
  ['exactly the share that warns', 1, 100, undefined, undefined],
  ['more than that', 2, 120, undefined, 'warn'],
  ['exactly the share that fails', 12, 120, undefined, 'warn'],
  ['more than that', 32, 75, undefined, 'fail'],
  ['more than the dataset allows', 1, 10_000, { fail: 0 }, 'fail'],
  ['as much as the dataset allows', 32, 75, { warn: 0.5, fail: 1 }, undefined],
  ['everything, where that is allowed', 75, 75, { warn: 1, fail: 1 }, undefined],
])('%s (%d of %d rows)', (_, rowsQuarantined, rowsIn, limits, state) => {
  expect(leftOut({ rowsIn, rowsQuarantined }, limits)?.state).toBe(state)
})

test('it says how many, which share, and what is allowed', () => {
  expect(leftOut({ rowsIn: 75, rowsQuarantined: 32 })?.message).toBe(
    '32 of 75 rows (42.7 %) are in quarantine, more than the 10 % at which the step fails',
  )
})

test.each([{ warn: -0.1 }, { fail: 10 }, { warn: 0.2, fail: 0.1 }, { fails: 0.1 }, { fail: '10%' }, { key: 'all' }, { key: 'none' }])(
  'limits %j are refused',
  (quarantine) => {
    expect(() => dataset('silver.a', { on: 'lake', columns: { a: text() }, quarantine: quarantine as never })).toThrow(
      expect.objectContaining({ code: 'definition.invalid' }),
    )
  },
)

test('none of a key may be in quarantine where the dataset has one', () => {
  const columns = { a: text(), b: text() }
  expect(soundKeyOf(dataset('silver.a', { on: 'lake', columns, key: ['a'], quarantine: { key: 'none' } }))).toEqual(['a'])
  expect(soundKeyOf(dataset('silver.a', { on: 'lake', columns, key: ['a'] }))).toBeUndefined()
})
