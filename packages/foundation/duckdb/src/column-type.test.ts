import { bigint, boolean, type Column, date, decimal, double, identity, integer, jsonb, text, timestamp } from '@sluice/author'
import { expect, test } from 'vitest'
import { duckdbType } from './column-type.ts'

const cases: readonly (readonly [string, Column, string])[] = [
  ['text()', text(), 'VARCHAR'],
  ['text({ max: 40 })', text({ max: 40 }), 'VARCHAR'],
  ['integer()', integer(), 'INTEGER'],
  ['bigint()', bigint(), 'BIGINT'],
  ['double()', double(), 'DOUBLE'],
  ['boolean()', boolean(), 'BOOLEAN'],
  ['date()', date(), 'DATE'],
  ['timestamp()', timestamp(), 'TIMESTAMPTZ'],
  ['decimal(38, 18)', decimal(38, 18), 'DECIMAL(38,18)'],
  ['jsonb()', jsonb(), 'VARCHAR'],
  ['identity()', identity(), 'BIGINT'],
]

test.each(cases)('%s has its type', (_, column, type) => {
  expect(duckdbType(column.type)).toBe(type)
})
