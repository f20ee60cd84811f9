import { bigint, boolean, type Column, date, decimal, double, identity, integer, jsonb, text, timestamp } from '@sluice/author'
import { expect, test } from 'vitest'
import { postgresType } from './column-type.ts'

const cases: readonly (readonly [string, Column, string])[] = [
  ['text()', text(), 'text'],
  ['text({ max: 40 })', text({ max: 40 }), 'character varying(40)'],
  ['integer()', integer(), 'integer'],
  ['bigint()', bigint(), 'bigint'],
  ['double()', double(), 'double precision'],
  ['boolean()', boolean(), 'boolean'],
  ['date()', date(), 'date'],
  ['timestamp()', timestamp(), 'timestamp with time zone'],
  ['decimal(38, 18)', decimal(38, 18), 'numeric(38,18)'],
  ['jsonb()', jsonb(), 'jsonb'],
  ['identity()', identity(), 'bigint'],
]

test.each(cases)('%s has its type', (_, column, type) => {
  expect(postgresType(column.type)).toBe(type)
})
