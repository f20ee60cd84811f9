import { expect, test } from 'vitest'
import { planFunctions, type SqlFunction } from './functions.ts'
import { sha256Of } from './migration.ts'

const fn = (name: string, body = 'select 1'): SqlFunction => ({
  name,
  sql: `create or replace function s.${name}() returns int language sql as $$ ${body} $$;`,
})
const applied = (...functions: SqlFunction[]) => functions.map(({ name, sql }) => ({ name, sha256: sha256Of(sql) }))
const names = (...planned: Parameters<typeof planFunctions>) => {
  const { apply, drop } = planFunctions(...planned)
  return { apply: apply.map(({ name }) => name), drop }
}

test('new and changed functions are applied, unchanged ones are not, and those without a file are dropped', () => {
  expect(names([], [fn('b'), fn('a')])).toEqual({ apply: ['a', 'b'], drop: [] })
  expect(names(applied(fn('a'), fn('b'), fn('c')), [fn('a'), fn('b', 'select 2')])).toEqual({ apply: ['b'], drop: ['c'] })
  expect(names(applied(fn('a')), [{ ...fn('a'), sql: fn('a').sql.replaceAll('\n', '\r\n') }])).toEqual({ apply: [], drop: [] })
})

test('comments may stand before a function, and its schema may be quoted or left out', () => {
  for (const sql of ['-- why\n\n/* b */ create or replace function a()', 'CREATE OR REPLACE FUNCTION "My schema".a ()'])
    expect(names([], [{ name: 'a', sql }]).apply).toEqual(['a'])
})

test.each([
  [
    'that holds another function',
    [{ ...fn('b'), name: 'a' }],
    'a.sql: the file does not begin with "create or replace function <schema>.a("',
  ],
  ['that cannot be applied twice', [{ name: 'a', sql: 'create function a()' }], 'create or replace function <schema>.a('],
  ['that begins with something else', [{ name: 'a', sql: `drop table x; ${fn('a').sql}` }], 'create or replace function <schema>.a('],
  ['of a name that another file has', [fn('a'), fn('a')], 'a.sql: there are two files of this name'],
])('a file %s is refused by name', (_, wanted, message) => {
  expect(() => planFunctions([], wanted)).toThrow(
    expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(message), facts: { function: 'a' } }),
  )
})
