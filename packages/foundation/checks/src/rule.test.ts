import { unique, within } from '@sluice/author'
import { expect, test } from 'vitest'
import { checkRule, existsRule, orphanRule, uniqueRule, valueRule } from './rule.ts'
import { accepted, notNull } from './testing/declared.ts'

test('ids name the kind and the columns, whatever the store', () => {
  const price = { kind: 'decimal', precision: 38, scale: 18 } as const
  expect(
    [
      ...[notNull('id', 'seen_at'), unique('id', 'seen_at'), within('id', { min: 0 }), accepted('id', ['a'])].map(checkRule),
      ...(['not_null', 'type', 'range', 'exact'] as const).map((kind) => valueRule(kind, 'price', price)),
      valueRule('length', 'name', { kind: 'text', max: 3 }),
      valueRule('characters', 'name', { kind: 'text' }),
      ...[uniqueRule, existsRule, orphanRule].map((rule) => rule(['a', 'b'])),
    ].map(({ id }) => id),
  ).toEqual([
    'not_null(id,seen_at)',
    'unique(id,seen_at)',
    'within(id)',
    'accepted(id)',
    'not_null(price)',
    'type(price)',
    'range(price)',
    'exact(price)',
    'length(name)',
    'characters(name)',
    'unique(a,b)',
    'exists(a,b)',
    'orphan(a,b)',
  ])
})

test('messages are sentences that say what is wrong with the row', () => {
  const many = Array.from({ length: 12 }, (_, index) => `v${index}`)
  expect(
    [
      checkRule(notNull('id', 'seen_at')),
      checkRule(unique('id', 'seen_at')),
      checkRule(within('price', { min: '0.01', max: 10 })),
      checkRule(within('price', { max: 10 })),
      checkRule(accepted('state', ['open', 'closed'])),
      checkRule(accepted('state', many)),
      valueRule('type', 'day', { kind: 'date' }),
      valueRule('range', 'n', { kind: 'integer' }),
      valueRule('exact', 'price', { kind: 'decimal', precision: 10, scale: 2 }),
      valueRule('length', 'name', { kind: 'text', max: 20 }),
      valueRule('characters', 'name', { kind: 'text' }),
      orphanRule(['customer']),
      existsRule(['id']),
    ].map(({ message }) => message),
  ).toEqual([
    'id or seen_at is missing',
    'an earlier row of the batch has the same id, seen_at',
    'price must be at least 0.01 and at most 10',
    'price must be at most 10',
    'state must be one of open, closed',
    'state must be one of v0, v1, v2, v3, v4, v5, v6, v7, v8, v9 and 2 more',
    'day is not a date (YYYY-MM-DD)',
    'n lies beyond what an integer of 32 bits holds',
    'price has more digits than a decimal(10,2) holds',
    'name is longer than 20 characters',
    'name holds a character that no store can hold: NUL, or half of a surrogate pair',
    'the row that customer refers to is missing',
    'another batch has written a row with the same id',
  ])
})
