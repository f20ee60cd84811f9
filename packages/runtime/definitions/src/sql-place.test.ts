import type { SqlPart } from '@sluice/author'
import { expect, test } from 'vitest'
import { placeInFile, placeInSql } from './sql-place.ts'

const parts: readonly SqlPart[] = [
  { kind: 'text', text: '\n  select r.statoin as station, r.celsius\n  from ' },
  { kind: 'dataset', id: 'lake.bronze.readings', rows: 'all' },
  { kind: 'text', text: ' as r\n  where r.celsius > 3' },
]
const file = `const q = sql\`
  select r.statoin as station, r.celsius
  from \${answers} as r
  where r.celsius > 3\`
`
const placeOf = (message: string, words?: readonly string[]) => {
  const at = placeInSql(parts, message, words)
  return at === null ? null : placeInFile(file, at)
}

test('the caret of DuckDB and that of PostgreSQL lead to the place in the source', () => {
  expect(placeOf('no such column\n\nLINE 2:   select r.statoin as station, r.cel...\n                 ^')).toEqual({ line: 2, column: 10 })
  expect(placeOf('no column\n  2 | from "x" as r\n> 3 |   where r.celsius > 3\n    |         ^')).toEqual({ line: 4, column: 9 })
})

test('without a caret the word that is named leads there, and without either nothing does', () => {
  expect(placeOf('column "celsius" is not right')).toEqual({ line: 2, column: 34 })
  expect(placeOf('it is wrong', ['station'])).toEqual({ line: 2, column: 23 })
  expect(placeOf('it is wrong')).toBeNull()
})

test('a file whose lines end as on Windows has the same places', () => {
  const at = placeInSql(parts, 'x', ['statoin'])
  expect(at === null ? null : placeInFile(file.replaceAll('\n', '\r\n'), at)).toEqual({ line: 2, column: 12 })
})
