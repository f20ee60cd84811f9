import { expect, test } from 'vitest'
import { objectsOf } from './schema-objects.ts'

const statement = (text: string, line: number) => ({ file: 'schema/all.sql', line, text })

test.each([
  ['create or replace view shop.open as select 1', 'view shop.open'],
  ['CREATE MATERIALIZED  VIEW IF NOT EXISTS shop."Big One" as select 1', 'materialized view shop."Big One"'],
  ["create type shop.mood as enum ('sad')", 'type shop.mood'],
  ['-- what people see\ncreate function shop.f(a int) returns int language sql as $$ select 1 $$', 'function shop.f'],
  ['create unlogged table shop.t (a int)', 'table shop.t'],
  ['create unique index t_a on shop.t (a)', 'index t_a on shop.t'],
  ['create constraint trigger late after insert on shop.t deferrable for each row execute function f()', 'trigger late on shop.t'],
  ['create policy own on only shop.t using (true)', 'policy own on shop.t'],
  ['create schema if not exists side', 'schema side'],
])('%s makes %s', (text, made) => {
  expect(objectsOf([statement(text, 1)]).map(({ kind, name, on }) => `${kind} ${name}${on === null ? '' : ` on ${on}`}`)).toEqual([made])
})

test('a comment belongs to its object, in whatever file it stands; what makes nothing is left out', () => {
  const statements = [
    statement("comment on view SHOP.open is 'what is not paid, it''s said'", 1),
    statement('create view shop.open as select 1', 3),
    statement('grant select on shop.open to public', 5),
    statement('alter table shop.t enable row level security', 6),
  ]
  expect(objectsOf(statements)).toEqual([
    { kind: 'view', name: 'shop.open', on: null, file: 'schema/all.sql', line: 3, comment: "what is not paid, it's said" },
  ])
})
