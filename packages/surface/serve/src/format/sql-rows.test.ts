import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { objectsOf, rowsTable } from './sql-rows.ts'

const plain = stripVTControlCharacters

test('two columns of one name are both there, as members and in the table', () => {
  const columns = [
    { name: 'n', type: 'integer' },
    { name: 'n', type: 'integer' },
  ]
  expect(objectsOf({ columns, rows: [[1, 2]] })).toEqual([{ n: 1, n_2: 2 }])
  expect(plain(rowsTable({ columns, rows: [[1, 2]] }))).toBe('n  n\n1  2')
})

test.each(['bigint', 'utinyint', 'uinteger', 'decimal(38,18)', 'numeric(38,18)', 'double', 'double precision'])(
  '%s is right-aligned',
  (type) => {
    expect(plain(rowsTable({ columns: [{ name: 'wide', type }], rows: [[7]] }))).toBe('wide\n   7')
  },
)

test.each(['varchar', 'integer[]', 'interval', 'struct(n integer)'])('%s is left-aligned', (type) => {
  expect(
    plain(
      rowsTable({
        columns: [
          { name: 'wide', type },
          { name: 'x', type },
        ],
        rows: [['a', 'b']],
      }),
    ),
  ).toBe('wide  x\na     b')
})

test('instants are read as they come, lists and objects as JSON, nothing as nothing', () => {
  const columns = ['timestamp with time zone', 'jsonb', 'text'].map((type) => ({ name: type.slice(0, 4), type }))
  expect(plain(rowsTable({ columns, rows: [['1970-01-01T00:00:00.000Z', { a: [1] }, null]] }))).toContain(
    '1970-01-01T00:00:00.000Z  {"a":[1]}',
  )
})
