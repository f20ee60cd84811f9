// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of SQL with names in them
import { expect, test } from 'vitest'
import { text, timestamp } from '../columns/builders.ts'
import { dataset } from '../dataset/dataset.ts'
import { queryContext } from '../sql/parts.ts'
import { sql } from './sql.ts'
import { sqlText } from './sql-text.ts'

const prices = dataset('public.prices', { on: 'warehouse', columns: { at: timestamp() }, order: 'at' })
const keyless = dataset('public.keyless', { on: 'warehouse', columns: { at: timestamp() } })
const { interval } = queryContext

test('a text is the statement that the same text is in sql`...`', () => {
  const text = `-- The newest.
    select \${kind} as kind from \${prices.latest}, \${ prices }, (\${rows}) r
    where at > \${interval.end} and at in (select at from \${prices.since('7d')}) or \${none} is null
`
  const rows = sql`select 1 where ${2} = 2`
  const names = { kind: "it's", prices, rows, none: null }
  expect(sqlText('a.sql', text)(names, { interval })).toEqual(sql`-- The newest.
    select ${"it's"} as kind from ${prices.latest}, ${prices}, (${rows}) r
    where at > ${interval.end} and at in (select at from ${prices.since('7d')}) or ${null} is null
`)
})

test('a text without names is itself', () => {
  expect(sqlText('a.sql', 'select $1, $tag$ {x} $tag$')({}).parts).toEqual([{ kind: 'text', text: 'select $1, $tag$ {x} $tag$' }])
})

test.each([
  ['a name that is not given', 'select 1\n, ${pricess}', 'models/a.sql:2: ${pricess} is not given', 'Did you mean prices?'],
  ['nothing like a name that is given', '${x}', 'models/a.sql:1: ${x} is not given', 'Given are prices, keyless, interval.'],
  ['a member that is not there', '${interval.ende}', '${interval.ende} is not given', 'Did you mean end?'],
  ['a member of a dataset that says no rows', '${prices.id}', '${prices.id} is not given', 'Given are batch, latest.'],
  ['what every object inherits', '${constructor}', '${constructor} is not given', 'Given are prices, keyless, interval.'],
  ['an expression', '${prices + 1}', 'what stands in ${} is not a name', 'Write a name'],
  ['a placeholder that does not end', 'select ${prices', 'what stands in ${} is not a name', 'Write a name'],
  ['an object', '${interval}', '${interval} is an object, which is not text, a number', 'Name a value of SQL.'],
  ['a span of what is not a dataset', "${interval.end.since('7d')}", 'which is not a dataset', 'Name a value of SQL.'],
])('%s is refused with its line', (_, text, message, next) => {
  const act = () => sqlText('models/a.sql', text)({ prices, keyless }, { interval })
  expect(act).toThrow(
    expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(message), next: expect.stringContaining(next) }),
  )
})

test('a generated column takes the text of a file, which names nothing but columns', () => {
  const size = sqlText('datasets/size.sql', "case when a > 1 then 'large' end\n")
  expect(text({ generated: size() }).generated).toBe("case when a > 1 then 'large' end")
  const above = sqlText('datasets/above.sql', 'a > ${limit}')
  expect(() => text({ generated: above({ limit: 1 }) })).toThrow('a generated column computes from the columns of its row')
  expect(() => text({ generated: size as never })).toThrow("which is not text or sqlFile(import.meta, '...')()")
})
