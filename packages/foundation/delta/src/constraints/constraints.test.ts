import { expect, test } from 'vitest'
import { DeltaError } from '../errors.ts'
import { schemaOf } from '../schema/schema.ts'
import { queryRows } from '../sql.ts'
import { workplace } from '../testing/workplace.ts'
import { toRowCondition } from './expression.ts'
import { guarded, rowChecks } from './row-checks.ts'

const { connection } = await workplace()

const schema = schemaOf([
  { name: 'n', type: 'integer' },
  { name: 'x', type: 'double' },
  { name: 'f', type: 'float' },
  { name: 'd', type: 'decimal(10,2)' },
  { name: 's', type: 'string' },
  { name: 'a b', type: 'string' },
  { name: 'day', type: 'date' },
  { name: 'seen', type: 'timestamp' },
  { name: 'ok', type: 'boolean' },
  { name: 'tags', type: { type: 'array', elementType: 'string', containsNull: true } },
  { name: 'o', type: { type: 'struct', fields: [{ name: 'City', type: 'string', nullable: true, metadata: {} }] } },
])
const one = `SELECT 5::INTEGER AS n, 0.5::DOUBLE AS x, 0.5::FLOAT AS f, 1.25::DECIMAL(10,2) AS d, 'it''s' AS s, 'q' AS "a b", DATE '2026-03-04' AS day,
  TIMESTAMPTZ '2026-03-04 05:06:07Z' AS seen, true AS ok, ['t'] AS tags, {'City': 'Paris'} AS o`
const refuse = (why: string) => new DeltaError('constraint.invalid', why, 'Write it otherwise.')
const holds = async (text: string) => {
  const { sql } = await toRowCondition(connection, text, schema, refuse)
  const [row] = await queryRows(connection, `SELECT ${sql} AS holds FROM (${one})`)
  return row?.holds
}

test.for([
  ['n > 3', true],
  ['n + 1 * 2 - -1 = 8 AND abs(n) >= 5', true],
  ['n BETWEEN 1 AND 4 OR d < 1.26', true],
  ['NOT (x >= 0.75)', true],
  ['f <= 1', true],
  ['s = "it\'s"', true],
  ["`a b` IN ('p', 'q') AND s IS NOT NULL", true],
  ["S LIKE 'it%' AND s NOT LIKE '%x'", true],
  ["day > '1900-01-01' AND year(day) = 2026 AND month(day) = 3 AND day(day) = 4", true],
  ["day >= DATE '2026-03-05'", false],
  ["seen < '2026-03-04 05:06:08Z'", true],
  ['ok = TRUE', true],
  ['o.city = "Paris" AND tags IS NOT NULL', true],
  ['coalesce(s, "none") <> "none" AND length(s) = 4', true],
  ['n == NULL', null],
  ['n % 2 = 1 AND (n - 8) % 2 = -1', true],
  ['n % 3 = 0', false],
  ["s LIKE 'i%!%' ESCAPE '!'", false],
  ["'50%' LIKE '50!%' ESCAPE '!' AND s NOT LIKE '!_%' ESCAPE '!'", true],
  ['CAST(n AS STRING) = "5" AND CAST(ok AS STRING) = "true" AND CAST(day AS STRING) LIKE "2026-%"', true],
] as const)('%s means the same in Spark and DuckDB', async ([text, expected]) => {
  expect(await holds(text)).toBe(expected)
})

test.for([
  ['n / 2 > 1', 'uses /'],
  ['n % 0 = 0', 'uses %'],
  ['n % n = 0', 'uses %'],
  ['x % 2 = 0', 'uses %'],
  ["s LIKE 'a!b' ESCAPE '!'", 'like_escape'],
  ['CAST(x AS STRING) > "1"', 'cast'],
  ['CAST(d AS STRING) > "1"', 'cast'],
  ["s RLIKE '^a'", 'not SQL'],
  ['day < current_date', 'current_date'],
  ['s > 5', 'compares'],
  ["n = '5'", 'compares'],
  ["day > '1900-1-1'", 'compares date'],
  ["seen > '2026-01-01 00:00:00'", 'compares timestamp'],
  ['f = 0.1', 'compares'],
  ["s = 'a\\n'", 'backslash'],
  ["s = 'it''s'", 'contains a doubled quote'],
  ["s = 'a", 'not closed'],
  ['n > 1 -- always', 'comment'],
  ['upper(s) = s', 'uses upper'],
  ['rand() < 1', 'random'],
  ['n', 'not a condition'],
  ['n > (SELECT 1)', 'subquery'],
  ['nope > 1', 'not a column'],
  ['tags = tags', 'nested'],
  ['CAST(s AS INT) > 1', 'cast'],
  ['CASE WHEN ok THEN true END', 'case'],
  ['n > 1, n > 2', 'uses row'],
] as const)('%s is refused (%s)', async ([text, why]) => {
  await expect(holds(text)).rejects.toThrow(why === 'random' ? /rand/ : new RegExp(why.replace(/[/%]/g, '.'), 'i'))
})

test('a table with a constraint outside the subset refuses writes with the name of the constraint', async () => {
  await expect(rowChecks(connection, schema, { 'delta.constraints.odd': 'n / 2 = 1' })).rejects.toMatchObject({
    code: 'protocol.unsupported',
    facts: { feature: 'checkConstraints' },
    message: expect.stringContaining('odd'),
  })
  const invariant = (text: string) => schemaOf([{ name: 'x', type: 'integer', metadata: { 'delta.invariants': text } }])
  expect(await rowChecks(connection, invariant('{"expression":{"expression":"x > 3"}}'), {})).toMatchObject([
    { kind: 'invariant', name: 'x' },
  ])
  await expect(rowChecks(connection, invariant('{}'), {})).rejects.toMatchObject({ facts: { feature: 'invariants' } })
})

test('a constraint that names no column raises an error like any other', async () => {
  const checks = await rowChecks(connection, schema, { 'delta.constraints.always': '1 = 1', 'delta.constraints.never': '1 = 2' })
  const value = (some: typeof checks) => queryRows(connection, `SELECT ${guarded(some, '7')} AS value`)
  expect(await value(checks.slice(0, 1))).toEqual([{ value: 7 }])
  await expect(value(checks)).rejects.toThrow(/delta-check 1 {}/)
})
