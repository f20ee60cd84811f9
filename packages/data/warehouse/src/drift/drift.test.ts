import { dataset, decimal, identity, integer, text } from '@sluice/author'
import { expect, test } from 'vitest'
import { createTableSql, dropTableSql } from '../ddl/create-table.ts'
import type { TableShape } from '../ddl/shape.ts'
import { driftOf } from './drift.ts'

test('a table as code becomes its statements', () => {
  const orders = dataset('shop.orders', {
    on: 'warehouse',
    description: "the shop's orders",
    columns: {
      no: identity(),
      sku: text({ notNull: true, max: 20, comment: 'stock keeping unit' }),
      quantity: integer({ notNull: true, default: '1' }),
      price: decimal(38, 18),
      total: decimal(38, 18, { generated: 'price * quantity' }),
      'odd "name': text({ oneOf: ['a', "b'c"] }),
    },
    key: ['no'],
    indexes: [['sku', 'quantity'], { unique: ['sku'] }],
  })
  expect(createTableSql(orders).join(';\n')).toMatchInlineSnapshot(`
    "create schema if not exists "shop";
    create table "shop"."orders" (
      "no" bigint generated always as identity not null,
      "sku" character varying(20) not null,
      "quantity" integer default 1 not null,
      "price" numeric(38,18),
      "total" numeric(38,18) generated always as (price * quantity) stored,
      "odd ""name" text,
      "_load_id" bigint not null,
      constraint "orders_pkey" primary key ("no"),
      constraint "orders_odd ""name_check" check ("odd ""name" in ('a', 'b''c'))
    );
    create index "orders_sku_quantity_idx" on "shop"."orders" ("sku", "quantity");
    create unique index "orders_sku_key" on "shop"."orders" ("sku");
    create index "orders__load_id_idx" on "shop"."orders" using brin ("_load_id") with (autosummarize = on);
    comment on table "shop"."orders" is 'the shop''s orders';
    comment on column "shop"."orders"."sku" is 'stock keeping unit'"
  `)
  expect(dropTableSql(orders)).toEqual(['drop table "shop"."orders"'])
})

test('a name that would be cut keeps a hash of the whole', () => {
  const [, index] = createTableSql(
    dataset(`s.${'t'.repeat(50)}`, {
      on: 'warehouse',
      columns: { a: text(), bbbbbbbbbbbbbbbb: text() },
      indexes: [['a', 'bbbbbbbbbbbbbbbb']],
    }),
  ).filter((statement) => statement.startsWith('create index') || statement.startsWith('create schema'))
  const name = /index "([^"]+)"/.exec(index ?? '')?.[1] ?? ''
  expect(name).toHaveLength(63)
  expect(name).toMatch(/_[0-9a-f]{8}_idx$/)
})

const shape: TableShape = {
  name: 'public.t',
  columns: [
    { name: 'id', type: 'integer', notNull: true, default: null, generated: null, identity: false, comment: null },
    { name: 'word', type: 'text', notNull: false, default: "'x'::text", generated: null, identity: false, comment: 'a word' },
  ],
  key: ['id'],
  keyName: 't_pkey',
  indexes: [{ name: 't_word_idx', columns: ['word'], unique: false, isConstraint: false }],
  references: [{ name: 't_word_fkey', columns: ['word'], table: 'public.words', to: ['word'], traits: '' }],
  objects: ["CHECK ((word = ANY (ARRAY['a'::text])))"],
  named: {},
  owner: 'shop_owner',
  comment: 'things',
}

test('equal shapes have no drift, whatever their order and the names of their indexes', () => {
  const live = {
    ...shape,
    columns: shape.columns.toReversed(),
    indexes: [{ name: 'other', columns: ['word'], unique: false, isConstraint: false }],
  }
  expect(driftOf([shape], [live, { ...shape, name: 'public.not_ours' }])).toEqual([])
})

test('each planted fault is one sentence', () => {
  const [id, word] = shape.columns
  if (id === undefined || word === undefined) throw new Error('the shape has two columns')
  const faults: [Partial<TableShape>, string][] = [
    [{ columns: [id] }, 'column public.t.word text is declared and not in the database'],
    [{ columns: [id, word, { ...id, name: 'more' }] }, 'column public.t.more integer is in the database and not declared'],
    [{ columns: [{ ...id, type: 'bigint' }, word] }, 'column public.t.id: type is bigint in the database, integer in the code'],
    [{ columns: [{ ...id, notNull: false }, word] }, 'column public.t.id: nullability is nullable in the database, not null in the code'],
    [
      { columns: [{ ...id, identity: true }, word] },
      'column public.t.id: identity is generated always in the database, missing in the code',
    ],
    [{ columns: [id, { ...word, default: null }] }, "column public.t.word: default is missing in the database, 'x'::text in the code"],
    [
      { columns: [id, { ...word, generated: 'id' }] },
      'column public.t.word: generation expression is id in the database, missing in the code',
    ],
    [{ columns: [id, { ...word, comment: null }] }, 'column public.t.word: comment is missing in the database, a word in the code'],
    [{ key: [] }, 'table public.t: primary key is missing in the database, (id) in the code'],
    [{ comment: null }, 'table public.t: comment is missing in the database, things in the code'],
    [{ references: [] }, 'foreign key (word) to public.words (word) on public.t is declared and not in the database'],
    [{ indexes: [] }, 'index (word) on public.t is declared and not in the database'],
    [{ owner: 'dba' }, 'table public.t: owner is dba in the database, shop_owner in the code'],
    [{ objects: [] }, "CHECK ((word = ANY (ARRAY['a'::text]))) on public.t is declared and not in the database"],
    [{ objects: [...shape.objects, 'UNLOGGED'] }, 'UNLOGGED on public.t is in the database, and neither a dataset nor a migration has it'],
  ]
  for (const [fault, sentence] of faults) expect(driftOf([shape], [{ ...shape, ...fault }])).toEqual([sentence])
  expect(driftOf([shape], [{ ...shape, indexes: [{ name: 'u', columns: ['word'], unique: true, isConstraint: false }] }])).toEqual([
    'index (word) on public.t is declared and not in the database',
    'unique index (word) on public.t is in the database and not declared',
  ])
  const cascading = [{ name: 'f', columns: ['word'], table: 'public.words', to: ['word'], traits: 'on delete cascade' }]
  expect(driftOf([shape], [{ ...shape, references: cascading }])).toEqual([
    'foreign key (word) to public.words (word) on public.t is declared and not in the database',
    'foreign key (word) to public.words (word), on delete cascade, on public.t is in the database and not declared',
  ])
  const made = new Map([['public.t', ['UNLOGGED', 'TRIGGER t']]])
  expect(driftOf([shape], [{ ...shape, objects: [...shape.objects, 'UNLOGGED'] }], made)).toEqual([
    'TRIGGER t on public.t was made by a migration and is not in the database',
  ])
  expect(driftOf([shape], [])).toEqual(['table public.t is declared and not in the database'])
})
