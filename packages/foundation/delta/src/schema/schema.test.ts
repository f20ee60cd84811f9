import { expect, test } from 'vitest'
import { assign } from './assign.ts'
import { fromDuckType, parseDuckType } from './duck-type.ts'
import { type Column, checkSchema, leavesOf, parseSchema, schemaOf, toDuckType } from './schema.ts'

const check =
  (columns: readonly Column[], partitionBy: readonly string[] = []) =>
  () =>
    checkSchema(schemaOf(columns), partitionBy)

test('nested types become DuckDB types with quoted names', () => {
  const type = {
    type: 'struct',
    fields: [
      { name: 'a"b', type: { type: 'array', elementType: 'decimal(38,18)', containsNull: true }, nullable: true, metadata: {} },
      {
        name: 'm',
        type: { type: 'map', keyType: 'string', valueType: 'timestamp', valueContainsNull: true },
        nullable: true,
        metadata: {},
      },
    ],
  } as const
  expect(toDuckType(type)).toBe('STRUCT("a""b" DECIMAL(38,18)[], "m" MAP(VARCHAR, TIMESTAMP WITH TIME ZONE))')
  expect(() => toDuckType('interval' as 'string')).toThrow(/does not know the Delta type/)
  expect(() => toDuckType('decimal(39,0)')).toThrow(/not a valid decimal/)
})

test('a DuckDB type without an exact Delta type is left to the caller', () => {
  expect(fromDuckType('UBIGINT')).toBe('decimal(20,0)')
  expect(fromDuckType('DECIMAL(4,1)[]')).toEqual({ type: 'array', elementType: 'decimal(4,1)', containsNull: true })
  for (const type of ['HUGEINT', 'TIMESTAMP', 'TIME', 'INTERVAL', 'STRUCT(a HUGEINT)']) expect(fromDuckType(type)).toBeUndefined()
})

test('names that Spark rejects, repeated names and impossible partitions are refused', () => {
  expect(check([{ name: 'a b', type: 'long' }])).toThrow(/a b/)
  expect(
    check([
      { name: 'a', type: 'long' },
      { name: 'A', type: 'long' },
    ]),
  ).toThrow(/twice/)
  expect(check([{ name: 'a', type: 'long' }], ['b'])).toThrow(/not a column/)
  expect(check([{ name: 'a', type: 'long' }], ['a'])).toThrow(/not be a partition/)
  expect(
    check(
      [
        { name: 'a', type: 'binary' },
        { name: 'b', type: 'long' },
      ],
      ['a'],
    ),
  ).toThrow(/cannot be a partition column/)

  expect(check([])).toThrow(/at least one column/)
})

test('leaves come depth first with their paths', () => {
  const schema = schemaOf([
    { name: 's', type: { type: 'struct', fields: [{ name: 'x', type: 'long', nullable: true, metadata: {} }] } },
    { name: 'y', type: 'date' },
  ])
  expect(leavesOf(schema.fields).map(({ path }) => path)).toEqual([['s', 'x'], ['y']])
  expect(parseSchema(JSON.stringify(schema))).toEqual(schema)
  expect(() => parseSchema('{"type":"array"}')).toThrow(/not a struct/)
})

test.for([
  ['BIGINT', 'integer', true],
  ['HUGEINT', 'long', true],
  ['DOUBLE', 'long', false],
  ['DOUBLE', 'decimal(38,18)', false],
  ['VARCHAR', 'long', false],
  ['DECIMAL(10,0)', 'long', true],
  ['DECIMAL(10,2)', 'long', false],
  ['DECIMAL(10,2)', 'decimal(38,2)', true],
  ['DECIMAL(10,3)', 'decimal(38,2)', false],
  ['TIMESTAMP', 'timestamp', true],
  ['TIMESTAMP', 'date', false],
  ['TIMESTAMP_NS', 'timestamp', false],
  ['DATE', 'timestamp', true],
  ['UUID', 'string', true],
] as const)('%s into %s is allowed: %s', ([given, type, allowed]) => {
  const attempt = () => assign(schemaOf([{ name: 'c', type }]), [{ name: 'C', type: given }], false)
  if (allowed) expect(attempt().expressions).toHaveLength(1)
  else expect(attempt).toThrow(/column c has the type/)
})

test('two columns of a query with one name are refused', () => {
  const twice = [
    { name: 'c', type: 'BIGINT' },
    { name: 'C', type: 'BIGINT' },
  ]
  expect(() => assign(schemaOf([{ name: 'c', type: 'long' }]), twice, false)).toThrow(/two columns/)
})

test('DuckDB types are parsed with any names and values in them', () => {
  expect(
    parseDuckType(`STRUCT("a, (b" INTEGER[], m MAP(INTEGER, STRUCT(x DECIMAL(2,1))), "q""r" VARCHAR[3], e ENUM('a', 'b)"'))[]`),
  ).toEqual({
    kind: 'list',
    element: {
      kind: 'struct',
      fields: [
        { name: 'a, (b', type: { kind: 'list', element: { kind: 'scalar', text: 'INTEGER' } } },
        {
          name: 'm',
          type: {
            kind: 'map',
            key: { kind: 'scalar', text: 'INTEGER' },
            value: { kind: 'struct', fields: [{ name: 'x', type: { kind: 'scalar', text: 'DECIMAL(2,1)' } }] },
          },
        },
        { name: 'q"r', type: { kind: 'list', element: { kind: 'scalar', text: 'VARCHAR' } } },
        { name: 'e', type: { kind: 'scalar', text: `ENUM('a', 'b)"')` } },
      ],
    },
  })
})
