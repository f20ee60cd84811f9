import type { ColumnType } from '@sluice/author'
import { expect, test } from 'vitest'
import { boundOf, literalOf } from './value.ts'

const price: ColumnType = { kind: 'decimal', precision: 10, scale: 2 }
const integer: ColumnType = { kind: 'integer' }
const timestamp: ColumnType = { kind: 'timestamp' }

test.each([
  [price, '0.005', 'min', { text: '0.01' }],
  [price, '0.005', 'max', { text: '0.00' }],
  [price, '-0.005', 'min', { text: '0.00' }],
  [price, '-0.005', 'max', { text: '-0.01' }],
  [price, '12.30', 'min', { text: '12.30' }],
  [price, '1e-7', 'min', { text: '0.01' }],
  [price, '1e3', 'max', { text: '1000.00' }],
  [price, '99999999.995', 'min', { beyond: 'greatest' }],
  [price, '1e40', 'max', { beyond: 'greatest' }],
  [price, '-1e40', 'min', { beyond: 'least' }],
  [integer, '.5', 'max', { text: '0' }],
  [integer, '.5', 'min', { text: '1' }],
  [integer, '2147483647.5', 'min', { beyond: 'greatest' }],
  [integer, '2147483647.5', 'max', { text: '2147483647' }],
  [integer, '-2147483648.5', 'max', { beyond: 'least' }],
  [{ kind: 'bigint' }, '9223372036854775807', 'max', { text: '9223372036854775807' }],
  [timestamp, '2026-01-05', 'min', { text: '2026-01-05 00:00:00.000000+00' }],
  [timestamp, '2026-01-05T10:20:30.1234567+02:00', 'min', { text: '2026-01-05 08:20:30.123457+00' }],
  [timestamp, '2026-01-05T10:20:30.1234567+02', 'max', { text: '2026-01-05 08:20:30.123456+00' }],
  [timestamp, '1969-12-31 23:59:59.999999 UTC', 'max', { text: '1969-12-31 23:59:59.999999+00' }],
  [{ kind: 'date' }, ' 2026-01-05 ', 'max', { text: '2026-01-05' }],
  [{ kind: 'text' }, 'm', 'max', { text: 'm' }],
] as const)('a bound that the column cannot hold moves inwards: %j, %s as %s', (type, text, side, bound) => {
  expect(boundOf(type, text, side)).toEqual(bound)
})

test.each([
  [price, '1.50', '1.50'],
  [price, '15e-1', '1.50'],
  [price, '-0', '0.00'],
  [integer, '7.0', '7'],
  [{ kind: 'boolean' }, 'Yes', 'true'],
  [{ kind: 'date' }, '2026-01-05T00:00:00Z', '2026-01-05'],
  [timestamp, '0001-01-01', '0001-01-01 00:00:00.000000+00'],
  [timestamp, '9999-12-31T23:59:59.999999Z', '9999-12-31 23:59:59.999999+00'],
] as const)('a value is spelled as its type has it: %j, %s', (type, text, value) => {
  expect(literalOf(type, text)).toBe(value)
})

test.each([
  [price, 'many'],
  [price, '0x1F'],
  [price, '1.239'],
  [price, '1e40'],
  [integer, '1.5'],
  [integer, '2147483648'],
  [{ kind: 'double' }, 'NaN'],
  [{ kind: 'double' }, '1e400'],
  [{ kind: 'boolean' }, 'maybe'],
  [{ kind: 'date' }, 'today'],
  [{ kind: 'date' }, '2026-02-30'],
  [{ kind: 'date' }, '2026-01-05 10:00'],
  [timestamp, 'now'],
  [timestamp, '2026-01-05 10:00:00.1234567'],
  [timestamp, '0001-01-01 00:00:00+05'],
  [{ kind: 'text' }, 'a\0b'],
  [{ kind: 'json' }, '{}'],
] as const)('what is not a value of the type is refused where it is declared: %j, %s', (type, text) => {
  expect(() => literalOf(type, text)).toThrow(expect.objectContaining({ code: 'definition.invalid', next: expect.any(String) }))
})
