import { describe, expect, it, test } from 'vitest'
import {
  dataset,
  date,
  emailAddress,
  graded,
  graphOf,
  inOrder,
  integer,
  length,
  matches,
  model,
  notNull,
  pipeline,
  quality,
  refersTo,
  rowCount,
  sql,
  text,
  timestamp,
  violations,
} from '../index.ts'

const columns = { id: integer(), email: text(), starts: date(), ends: date(), seen_at: timestamp() }
const a = dataset('silver.a', { on: 'lake', columns, key: ['id'] })
const b = dataset('silver.b', { on: 'lake', columns: { id: integer() } })
const there = dataset('public.there', { on: 'warehouse', columns: { id: integer() }, key: ['id'] })
const refusedWith = (what: string) => expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(what) })

const after = model({ into: b, from: { a }, refresh: 'full', query: ({ a }) => sql`select id from ${a}` })
const edgesWith = (step: ReturnType<typeof quality>) =>
  graphOf(pipeline({ name: 'p', steps: [after, step] })).spec.edges.filter(({ from, to }) => from === 'q' && to === 'silver.b')

describe('a quality step', () => {
  it('holds up the steps that read its dataset', () => {
    expect(edgesWith(quality({ name: 'q', on: a, checks: [notNull('id')] }))).toEqual([
      { from: 'q', to: 'silver.b', reason: { by: 'check', dataset: 'lake.silver.a' } },
    ])
  })

  it('holds up nothing where it only warns, or each rule does', () => {
    expect(edgesWith(quality({ name: 'q', on: a, checks: [notNull('id')], otherwise: 'warn' }))).toEqual([])
    expect(edgesWith(quality({ name: 'q', on: a, checks: [graded(notNull('id'), { severity: 'warning' })] }))).toEqual([])
  })

  it('reads what its rules look at', () => {
    const step = quality({ name: 'q', on: b, checks: [refersTo('id', a), violations('x', sql`select 1 from ${a}`, { reads: [a] })] })
    expect(step.reads.map(({ id }) => id)).toEqual(['lake.silver.b', 'lake.silver.a'])
  })

  it.each([
    ['has no check', () => quality({ name: 'q', on: a, checks: [] }), 'it has no check'],
    ['names a column that is not there', () => quality({ name: 'q', on: a, checks: [notNull('idd' as never)] }), 'has no column idd'],
    ['has two rules of one name', () => quality({ name: 'q', on: a, checks: [notNull('id'), notNull('id')] }), 'are named not_null(id)'],
    ['has an unknown option', () => quality({ name: 'q', on: a, checks: [notNull('id')], check: 1 } as never), 'no option "check"'],
    ['compares stores', () => quality({ name: 'q', on: a, checks: [refersTo('id', there)] }), 'lie in two'],
    [
      'is not given what its query reads',
      () => quality({ name: 'q', on: a, checks: [violations('x', sql`select 1 from ${b}`)] }),
      'does not say that it reads lake.silver.b',
    ],
    ['tolerates rows of a rule without rows', () => graded(rowCount({ min: 1 }), { atMost: 3 }), 'has no rows that break it'],
    ['tolerates what is not a share', () => graded(notNull('id'), { atMost: '120%' }), 'which is not a number of rows or a share'],
    ['has no bound', () => length('email', {}), 'accepts everything'],
    ['puts one column in order', () => inOrder('starts'), 'it names 1 columns'],
    ['refers by fewer columns than the key has', () => refersTo(['id', 'email'], a), 'it names 2 columns, and id of lake.silver.a'],
  ])('is refused where it %s', (_, make, what) => {
    expect(make).toThrow(refusedWith(what))
  })
})

test.each(['[a-z]+', '(open|closed)?', '[^a-z@]{2,255}', 'a\\.b', '[+.-]', '(?:a|b)*c', 'ä😀', '[\\]\\\\]'])(
  'the pattern %s is taken',
  (pattern) => {
    expect(matches('email', pattern).pattern).toBe(pattern)
    expect(() => new RegExp(pattern, 'u')).not.toThrow()
  },
)

test.each([
  '',
  '.',
  'a.*',
  '\\d',
  '^a',
  'a$',
  '(?=a)',
  '(?i)a',
  'a+?',
  'a**',
  '*a',
  '(a',
  'a)',
  '()',
  'a|',
  '|a',
  '(a|)',
  '[a',
  '[]',
  '[[:alpha:]]',
  'a{256}',
  'a{3,2}',
  '\\1',
  '***a',
])('the pattern %s is refused', (pattern) => {
  expect(() => matches('email', pattern)).toThrow(refusedWith('the stores do not read'))
})

test('an address of mail is a pattern, and flags are none', () => {
  expect(new RegExp(`^(?:${emailAddress('email').pattern})$`, 'u').test('a.b+c@example.org')).toBe(true)
  expect(() => matches('email', /a/i)).toThrow(refusedWith('flags i'))
})
