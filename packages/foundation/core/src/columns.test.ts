import { describe, expect, it } from 'vitest'
import {
  bigint,
  boolean,
  type Column,
  date,
  decimal,
  double,
  duckdbType,
  identity,
  integer,
  json,
  postgresType,
  text,
  timestamp,
} from './columns.ts'

describe('a column', () => {
  const cases: readonly (readonly [string, Column, string, string])[] = [
    ['text()', text(), 'VARCHAR', 'text'],
    ['text({ max })', text({ max: 40 }), 'VARCHAR', 'character varying(40)'],
    ['integer()', integer(), 'INTEGER', 'integer'],
    ['bigint()', bigint(), 'BIGINT', 'bigint'],
    ['double()', double(), 'DOUBLE', 'double precision'],
    ['boolean()', boolean(), 'BOOLEAN', 'boolean'],
    ['date()', date(), 'DATE', 'date'],
    ['timestamp()', timestamp(), 'TIMESTAMPTZ', 'timestamp with time zone'],
    ['decimal(38, 18)', decimal(38, 18), 'DECIMAL(38,18)', 'numeric(38,18)'],
    ['json()', json(), 'VARCHAR', 'jsonb'],
    ['identity()', identity(), 'BIGINT', 'bigint'],
  ]
  it.each(cases)('%s has its type in both SQLs', (_, column, duckdb, postgres) => {
    expect(duckdbType(column.type)).toBe(duckdb)
    expect(postgresType(column.type)).toBe(postgres)
  })

  it('is nullable and filled by the load unless it says otherwise', () => {
    expect(text()).toMatchObject({ notNull: false, filled: false, identity: false })
    expect(text({ notNull: true, comment: 'c' })).toMatchObject({ notNull: true, filled: false, comment: 'c' })
    expect(timestamp({ default: 'now()' })).toMatchObject({ filled: true, default: 'now()' })
    expect(integer({ generated: 'a + 1' })).toMatchObject({ filled: true, generated: 'a + 1' })
    expect(identity({ comment: 'id' })).toMatchObject({ filled: true, identity: true, notNull: true, comment: 'id', default: undefined })
  })

  it.each([
    [0, 0],
    [39, 0],
    [10, 11],
    [10, -1],
    [10.5, 2],
    [Number.NaN, 0],
  ])('decimal(%d, %d) is refused, since no store holds it', (precision, scale) => {
    expect(() => decimal(precision, scale)).toThrow(expect.objectContaining({ code: 'definition.invalid' }))
  })
})
