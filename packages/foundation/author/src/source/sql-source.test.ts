import { expect, test } from 'vitest'
import { sqlSource } from './sql-source.ts'

const queried = (query: string) => sqlSource({ name: 'orders', connection: 'shop', mode: 'full', query }).of

test.each(['select 1', '-- of today\nwith a as (select 1) select * from a', 'VALUES (1)', 'table orders'])('%s is a query', (query) => {
  expect(queried(query)).toEqual({ query })
})

test.each(['delete from orders', 'selection', '-- select 1', ''])('%s is none', (query) => {
  expect(() => queried(query)).toThrow('which is not a SELECT')
})

test('a limit or an overlap that is not a span is told by its name', () => {
  const of = { connection: 'shop', table: 'orders' }
  expect(() => sqlSource({ ...of, mode: 'full', limits: { lock: 'soon' as never } })).toThrow('limits.lock: "soon" is not a duration')
  expect(() => sqlSource({ ...of, mode: { incremental: 'at', overlap: 'x' as never } })).toThrow('mode.overlap: "x" is not a duration')
})
