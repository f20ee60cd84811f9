import { type AnyDataset, bigint, dataset, date, decimal, double, identity, integer, jsonb, text, timestamp } from '@sluice/author'

export const columns = { id: integer({ notNull: true }), word: text(), n: integer(), day: date() }
export const things = (facts: object): AnyDataset => dataset('shop.things', { on: 'warehouse', columns, ...facts } as never)
export const words = dataset('shop.words', { on: 'warehouse', columns: { word: text({ notNull: true }) }, key: ['word'] })
export const plain = things({})
export const changed = (change: object): AnyDataset => things({ columns: { ...columns, ...change } })

/** What may become of the datasets of a warehouse. */
export const tableChanges: readonly (readonly [what: string, before: readonly AnyDataset[], after: readonly AnyDataset[]])[] = [
  [
    'new columns, indexes and a key',
    [plain],
    [
      things({
        columns: {
          ...columns,
          more: decimal(20, 4),
          each: text({ notNull: true, default: "'x'" }),
          twice: integer({ generated: 'n * 2' }),
        },
        key: ['id'],
        indexes: [{ unique: ['word'] }, ['day']],
      }),
    ],
  ],
  [
    'indexes with options, which come, change and go',
    [things({ indexes: [{ on: 'day', where: 'n > 0' }, { on: '(upper(word))' }, ['n']] })],
    [
      things({
        indexes: [
          { on: 'day', where: 'n > 1' },
          { on: ['(lower(word))', 'day desc'], unique: true },
          { on: 'word', using: 'hash' },
          { on: 'word text_pattern_ops', include: ['n', 'day'], concurrently: true },
          { on: 'n desc nulls last' },
        ],
      }),
    ],
  ],
  [
    'a table in partitions, and more in it',
    [things({ columns: { ...columns, day: date({ notNull: true }) }, partition: { by: 'month', column: 'day' } })],
    [
      things({
        columns: { ...columns, day: date({ notNull: true }), more: text({ oneOf: ['a', 'b'] }) },
        partition: { by: 'day', column: 'day', ahead: 3 },
        key: ['id', 'day'],
        indexes: ['n', { on: 'day', where: 'n > 0' }],
      }),
    ],
  ],
  [
    'columns, indexes and a key that are gone',
    [changed({ more: jsonb({ default: "'[]'" }), a: text(), b: integer() })],
    [changed({ c: text(), d: integer() })],
  ],
  ['a renamed column', [changed({ a: double({ comment: 'first' }) })], [changed({ b: double({ notNull: true }) })]],
  [
    'a renamed key',
    [things({ key: ['id'] })],
    [things({ columns: { no: integer({ notNull: true }), word: text(), n: integer(), day: date() }, key: ['no'] })],
  ],
  [
    'other types and defaults',
    [changed({ a: integer({ default: '1' }), b: text({ default: "'none'" }), c: text() })],
    [changed({ a: text({ default: "'one'" }), b: text(), c: text({ max: 20, default: "'c'" }), n: bigint() })],
  ],
  [
    'other rules of columns',
    [
      changed({
        word: text({ notNull: true }),
        twice: integer({ generated: 'n * 2' }),
        a: integer(),
        b: integer({ generated: 'n' }),
        no: bigint({ notNull: true }),
      }),
    ],
    [
      changed({
        n: integer({ notNull: true }),
        twice: integer({ generated: 'n * 3' }),
        a: integer({ generated: 'n * 2' }),
        b: bigint({ generated: 'n' }),
        no: identity(),
      }),
    ],
  ],
  [
    'another key, listed values and descriptions',
    [things({ description: 'one', key: ['id'], columns: { ...columns, word: text({ oneOf: ['a', 'b'] }) } })],
    [
      things({
        description: "it's two",
        key: ['word', 'id'],
        columns: { ...columns, word: text({ oneOf: ['a', 'b', 'c'], comment: 'letter' }) },
      }),
    ],
  ],
  ['tables in any order, with a reference between them', [], [things({ references: { word: [words, 'word'] } }), words]],
  ['a reference to a table that is new', [plain], [things({ references: { word: [words, 'word'] } }), words]],
  ['a reference that is gone', [things({ references: { word: [words, 'word'] } }), words], [plain, words]],
  [
    'odd names',
    [],
    [dataset('shop.Odd_1', { on: 'warehouse', columns: { 'a "b" c': text({ notNull: true }), select: timestamp() }, key: ['a "b" c'] })],
  ],
]
