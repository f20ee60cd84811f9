import { expect, test } from 'vitest'
import { checksum, type Migration, runsWithoutTransaction } from './migration.ts'
import { migrationFaults, planMigrations } from './plan.ts'
import { splitStatements } from './split.ts'

const one: Migration = { id: '0001_one', up: 'create table one ()', down: 'drop table one' }
const two: Migration = { id: '0002_two', up: 'create table two ()', down: 'drop table two' }
const three: Migration = { id: '0003_three', up: 'create table three ()' }
const applied = (...migrations: Migration[]): Array<{ id: string; sha256: string }> =>
  migrations.map((each) => ({ id: each.id, sha256: checksum(each) }))
const steps = (...planned: Parameters<typeof planMigrations>): string[] =>
  planMigrations(...planned).map(({ direction, migration }) => `${direction} ${migration.id}`)

test('what is missing is applied in the order of the ids, however it was given', () => {
  expect(steps([], [three, one, two])).toEqual(['up 0001_one', 'up 0002_two', 'up 0003_three'])
  expect(steps(applied(one), [one, two, three])).toEqual(['up 0002_two', 'up 0003_three'])
  expect(steps(applied(one, two, three), [one, two, three])).toEqual([])
})

test('a target is reached from below and from above, the last applied first', () => {
  expect(steps([], [one, two, three], { id: '0002_two' })).toEqual(['up 0001_one', 'up 0002_two'])
  expect(steps(applied(one, two), [one, two, three], { id: '0001_one' })).toEqual(['down 0002_two'])
  expect(steps(applied(one, two), [one, two, three], 'none')).toEqual(['down 0002_two', 'down 0001_one'])
})

test.each([
  ['a changed', applied(one), [{ ...one, up: 'create table uno ()' }], 'migration.drift', '0001_one was changed'],
  ['a vanished', applied(one, two), [one], 'migration.drift', '0002_two is applied in the database and no longer there'],
  ['a late', applied(two), [one, two], 'migration.drift', '0001_one sorts before 0002_two'],
  ['a doubly numbered', [], [one, { ...one, id: '0001_uno' }], 'definition.invalid', '0001_one and 0001_uno'],
] as const)('%s migration is refused by name', (_, done, wanted, code, message) => {
  expect(() => planMigrations(done, wanted)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
})

test('all that is wrong with what is applied is found at once, by its migration', () => {
  const wanted = [one, { ...two, up: 'create table dos ()' }]
  expect(migrationFaults(applied(two, three), wanted).map(({ id, what }) => `${id} ${what}`)).toEqual([
    '0002_two was changed after it had been applied',
    '0003_three is applied in the database and no longer there',
    '0001_one sorts before 0003_three, which is already applied',
  ])
  expect(migrationFaults(applied(one), [one, two])).toEqual([])
})

test('a migration without a down text cannot be taken back, and an unknown target is refused', () => {
  expect(() => planMigrations(applied(one, two, three), [one, two, three], 'none')).toThrow(
    expect.objectContaining({ code: 'migration.failed', facts: { migration: '0003_three' } }),
  )
  expect(() => planMigrations([], [one], { id: '0009_x' })).toThrow(
    expect.objectContaining({ code: 'migration.failed', next: 'Name one of: 0001_one.' }),
  )
})

test('line ends of the checkout change no checksum, anything else does', () => {
  expect(checksum({ id: 'a', up: 'a\r\nb' })).toBe(checksum({ id: 'a', up: 'a\nb' }))
  expect(checksum({ id: 'a', up: 'a\nb ' })).not.toBe(checksum({ id: 'a', up: 'a\nb' }))
})

test('the marker counts in the leading comments only', () => {
  expect(runsWithoutTransaction('-- why\n-- no-transaction\ncreate index concurrently i on t (a)')).toBe(true)
  expect(runsWithoutTransaction('select 1; -- no-transaction')).toBe(false)
})

test.each([
  ["select ';'; select 2", ["select ';'", 'select 2']],
  ["select e'\\';'; select \"a;b\";", ["select e'\\';'", 'select "a;b"']],
  ['do $x$ begin; end $x$; select $$;$$', ['do $x$ begin; end $x$', 'select $$;$$']],
  ['-- a; b\nselect 1 /* ; */; -- end;', ['-- a; b\nselect 1 /* ; */']],
  ['select 1 /* a /* nested; */ b; */ + 1; select 2', ['select 1 /* a /* nested; */ b; */ + 1', 'select 2']],
  ["select 'it''s;' ; ;", ["select 'it''s;'"]],
  [
    'create rule r as on insert to t do (delete from a; delete from b); select 1',
    ['create rule r as on insert to t do (delete from a; delete from b)', 'select 1'],
  ],
  [
    'create function f(a int) returns int begin atomic select case when a > 0 then 1 end; select 2; end; select 3',
    ['create function f(a int) returns int begin atomic select case when a > 0 then 1 end; select 2; end', 'select 3'],
  ],
  ['select a$b$c; select $1; select 1e5', ['select a$b$c', 'select $1', 'select 1e5']],
  ["select 'no end; select 2", ["select 'no end; select 2"]],
])('%j is cut between its statements only', (sql, statements) => {
  expect(splitStatements(sql).map(({ text }) => text)).toEqual(statements)
})

function refusal(up: string): unknown {
  try {
    planMigrations([], [{ id: '0001_a', up }])
    return undefined
  } catch (error) {
    return error
  }
}

test.each([
  ['create table a ();\n\nCOMMIT;\nselect 1', 3, 'COMMIT'],
  ['/* begin; */ begin;', 1, 'BEGIN'],
  ["select '\n';\nstart transaction", 3, 'START'],
  ['-- no-transaction\nrollback', 2, 'ROLLBACK'],
  ['select 1;savepoint s', 1, 'SAVEPOINT'],
  ['do $$ begin null; end $$;\nrelease s', 2, 'RELEASE'],
  ['abort', 1, 'ABORT'],
  ['end', 1, 'END'],
  ["prepare transaction 'x'", 1, 'PREPARE'],
])('a file with a transaction of its own is refused with its line: %j', (up, line, word) => {
  expect(refusal(up)).toMatchObject({
    code: 'migration.failed',
    message: `0001_a.up.sql, line ${line}: ${word} may not stand in a migration`,
    facts: { file: '0001_a.up.sql', line },
  })
})

test.each([
  ["insert into t values ('commit;');\n-- rollback;\n/* begin; */"],
  ['create function f() returns trigger language plpgsql as $$ begin return null; end $$'],
  ['create function f() returns int begin atomic select 1; end;'],
  ["comment on table t is e'it\\'s; commit;'"],
  ['create table "begin" ("commit" int); select "commit" from "begin"'],
  ['alter table t add "end" int, add commit_at timestamptz'],
])('words of a transaction in texts, names, comments and bodies are left alone: %j', (up) => {
  expect(refusal(up)).toBeUndefined()
})
