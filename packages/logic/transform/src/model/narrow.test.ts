import { batchRows, rawSql, type Sql, sql } from '@sluice/author'
import { landStep } from '@sluice/lake/testing'
import { expect, test } from 'vitest'
import { narrowedSteps } from './narrow.ts'

const land = landStep('land', 'bronze.a')
const other = landStep('other', 'bronze.b')
const narrowed = (statement: Sql) => [...narrowedSteps(statement)]

test.each([
  ['plain', sql`select * from ${land} where ${batchRows}`],
  ['with an alias and more conditions', sql`select * from ${land} as l where ${batchRows} and (a or b) order by 1`],
  ['inside a subquery', sql`select x from (select * from ${land} where ${batchRows}) where y or z`],
  ['with or in a string', sql`select * from ${land} where ${batchRows} and a = 'x or y' -- or z`],
])('a step is narrowed to its batch: %s', (_, statement) => {
  expect(narrowed(statement)).toEqual(['land'])
})

test.each([
  ['no predicate', sql`select * from ${land}`],
  ['an or beside the predicate', sql`select * from ${land} where ${batchRows} or a`],
  ['a lower case or after an and', sql`select * from ${land} where ${batchRows} and a or b`],
  ['a negation', sql`select * from ${land} where not ${batchRows}`],
  ['a join before', sql`select * from x join ${land} where ${batchRows}`],
  ['a join after', sql`select * from ${land} cross join x where ${batchRows}`],
  ['a comma before', sql`select * from x, ${land} where ${batchRows}`],
  ['a second mention without it', sql`select * from ${land} where ${batchRows} union all select * from ${land}`],
  ['a condition before it', sql`select * from ${land} where a or ${batchRows}`],
  ['a comparison with it', sql`select * from ${land} where ${rawSql('(')}${batchRows}) is null`],
])('a step is read whole where its batch is not certain: %s', (_, statement) => {
  expect(narrowed(statement)).toEqual([])
})

test('each of two steps is judged for itself', () => {
  expect(narrowed(sql`select * from (select * from ${land} where ${batchRows}) join ${other} using (id)`)).toEqual(['land'])
})
