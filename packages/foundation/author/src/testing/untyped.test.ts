import { cron } from '@sluice/core'
import { expect, it } from 'vitest'
import * as author from '../index.ts'

/** As code sees it that no compiler has seen. */
const loose = (from: unknown) => from as (...given: readonly unknown[]) => never
const dataset = loose(author.dataset)
const text = loose(author.text)
const task = loose(author.task)
const sensor = loose(author.sensor)
const model = loose(author.model)
const load = loose(author.load)
const check = loose(author.check)
const backup = loose(author.backup)
const retain = loose(author.retain)
const pull = loose(author.pull)
const files = (more: object) => loose(author.fileSource)({ folder: 'inbox', ...more })
const pipeline = loose(author.pipeline)
const within = loose(author.within)
const sql = (value: unknown) => loose(author.sql)(['select ', ''], value)

const lake = author.dataset('silver.a', { on: 'lake', columns: { id: author.text(), at: author.timestamp(), email: author.text() } })
const other = author.dataset('silver.b', { on: 'lake', columns: { id: author.text({ personal: true }), n: author.integer() } })
const counted = author.dataset('silver.d', { on: 'lake', columns: { n: author.integer() } })
const table = author.dataset('public.a', { on: 'warehouse', columns: { id: author.text({ notNull: true }) }, key: ['id'] })
const kept = author.dataset('public.k', { on: 'warehouse', columns: { at: author.timestamp() }, order: 'at', keep: '7d' })
const keyless = author.dataset('public.b', { on: 'warehouse', columns: { id: author.text(), n: author.timestamp() } })
const bodies = author.dataset('bronze.a', { on: 'lake', bodies: author.raw() })
const step = author.task({ name: 'z', run: () => 1 })
const columns = { id: author.text(), n: author.integer(), at: author.timestamp() }
const silver = (more: object) => dataset('silver.x', { on: 'lake', columns, ...more })
const indexed = (index: object) => dataset('public.x', { on: 'warehouse', columns, indexes: [index] })
const dated = { ...columns, day: author.date({ notNull: true }) }
const ranged = (partition: object, more: object = {}) =>
  dataset('public.x', {
    on: 'warehouse',
    columns: dated,
    partition: Array.isArray(partition) ? partition : { by: 'month', column: 'day', ...partition },
    ...more,
  })
const ran = (more: object) => task({ name: 'a', run: () => 1, ...more })
const polled = (more: object) => sensor({ name: 'a', poll: () => false, every: '1s', timeout: '1m', ...more })
const asked = (more: object) => model({ into: lake, refresh: 'full', query: () => author.sql`select 1`, ...more })
const required = author.integer({ notNull: true })
const inParts = author.dataset('silver.p', { on: 'lake', columns: { n: required }, partition: 'n' })
const texts = author.dataset('silver.t', { on: 'lake', columns: { n: author.text() } })
const parted = (from: object, query: author.Sql) => model({ into: inParts, from, refresh: 'partition', query: () => query })
const seen = author.dataset('public.v', { on: 'warehouse', as: 'view', columns: { id: author.text() } })
const viewed = (query: (context: author.QueryContext) => author.Sql, more: object = {}) =>
  model({ into: seen, from: { table }, refresh: 'view', query: (_: object, context: author.QueryContext) => query(context), ...more })
const loaded = (more: object) => load({ from: lake, into: table, mode: 'append', ...more })
const checked = (more: object) => check({ name: 'c', on: table, rule: author.sql`select true from ${table}`, message: '', ...more })
const budgeted = (more: object) =>
  loose(author.budget)({
    connection: 'c',
    creditsPerMonth: 1,
    tariff: { perCall: 1, bytesPerCredit: 1 },
    onExceeded: 'warn',
    uses: [],
    ...more,
  })
const rows = (more: object) => loose(author.sqlSource)({ connection: 'shop', table: 'orders', mode: 'full', ...more })
const byId = author.sqlSource({ connection: 'shop', table: 'orders', mode: { incremental: 'id', overlap: 0 } })
const pulled = (more: object) => pull({ from: author.fileSource({ folder: 'inbox' }), into: lake, ...more })
const piped = (more: object) => pipeline({ name: 'p', steps: [step], ...more })

it.each<readonly [string, () => unknown]>([
  ['dataset silver.x: on is "lakee"', () => silver({ on: 'lakee' })],
  ['dataset silver.x: undefined is given for its options', () => dataset('silver.x')],
  ['there is no option "retention"', () => silver({ retention: '90d' })],
  ['column "id" is "text", which is not a column', () => silver({ columns: { id: 'text' } })],
  ['column "id" is the function text, which is not a column', () => silver({ columns: { id: text } })],
  ['columns is a list, which is not an object', () => silver({ columns: ['id'] })],
  ['key is "id", which is not a list', () => silver({ key: 'id' })],
  ['its key names "id" twice', () => silver({ key: ['id', 'id'] })],
  ['order is a list, which is not text', () => silver({ order: ['at'] })],
  ['keep goes by the order column, and it declares no order', () => silver({ keep: '90d' })],
  ['keep goes by time, and id is neither a timestamp nor a date', () => silver({ order: 'id', keep: '90d' })],
  ['deletionVectors is "yes", which is not true or false', () => silver({ key: ['id'], deletionVectors: 'yes' })],
  ['deletion vectors are of a table of the lake with a key', () => silver({ deletionVectors: true })],
  ['a lake table has no indexes', () => silver({ indexes: ['id'] })],
  ['there is no column "dya"', () => indexed({ on: 'dya desc' })],
  ['there is no column "x"', () => indexed({ on: 'n', include: ['x'] })],
  ['there is no option "wher"', () => indexed({ on: 'n', wher: 'n > 0' })],
  ['it is on no column', () => indexed({ on: [] })],
  ['using is "tree"', () => indexed({ on: 'n', using: 'tree' })],
  ['it is unique, and hash does not look for equal values', () => indexed({ on: 'n', using: 'hash', unique: true })],
  ['"lower(id) desc" is neither a column with a direction nor an expression', () => indexed({ on: 'lower(id) desc' })],
  ['the expression "(lower(id)" is not closed', () => indexed({ on: '(lower(id)' })],
  ['a member of indexes is an object', () => indexed({})],
  ['its partitions are by month, and the lake has them by value', () => silver({ partition: { by: 'month', column: 'at' } })],
  ['by is "week"', () => ranged({ by: 'week' })],
  ['column is 1, which is not text', () => ranged({ column: 1 })],
  ['partition is a list', () => ranged([])],
  ['there is no column "dya"', () => ranged({ column: 'dya' })],
  ['there is no option "keep"', () => ranged({ keep: '7d' })],
  ['its partitions are by month of id, which is text', () => ranged({ column: 'id' })],
  ['its partitions are by month of at, which may be null', () => ranged({ column: 'at' })],
  ['0.5 partitions are to be there ahead', () => ranged({ ahead: 0.5 })],
  ['id is to be unique, and PostgreSQL looks for equal values in one partition alone', () => ranged({}, { key: ['id'] })],
  ['a unique index lacks the column of its partitions', () => ranged({}, { indexes: [{ on: 'n', unique: true, where: 'n > 0' }] })],
  ['cannot be built while others write', () => ranged({}, { indexes: [{ on: 'n', concurrently: true }] })],
  ['a lake table has no foreign keys', () => silver({ references: { id: table } })],
  ['bodies lie in the bronze layer', () => dataset('silver.x', { on: 'lake', bodies: author.raw() })],
  ["which is not json('$', { ... }) or raw()", () => dataset('bronze.x', { on: 'lake', bodies: author.raw })],
  ['key, checks and versions are of a table', () => dataset('bronze.x', { on: 'lake', bodies: author.raw(), key: ['page'] })],
  ['files lie in the gold layer', () => dataset('silver.x', { on: 'lake', files: 'text/csv' })],
  ['files are "xlsx"', () => dataset('gold.x', { on: 'lake', files: 'xlsx' })],
  ['checks is a within, which is not a list', () => silver({ checks: author.within('n', { min: 0 }) })],
  ['a member of checks is "n > 0"', () => silver({ checks: ['n > 0'] })],
  ['within goes by order, and id is text', () => silver({ checks: [author.within('id' as never, { min: 0 })] })],
  ['which is not a value of integer', () => silver({ checks: [author.within('n', { min: 'zero' })] })],
  ['lets nothing pass: 10 is more than 1', () => silver({ checks: [author.within('n', { min: 10, max: 1 })] })],
  ['min is NaN', () => within('n', { min: Number.NaN })],
  ['min is null', () => within('n', { min: null })],
  ['a member of the columns is a list', () => loose(author.unique)(['id'])],
  ['"id" and "ID" are one name to Delta Lake and DuckDB', () => silver({ columns: { id: author.text(), ID: author.text() } })],
  ['"" is not the name of a column', () => silver({ columns: { '': author.text() } })],
  ...['_load_id', 'ctid', 'xmin'].map((own): [string, () => unknown] => [
    `each table of the warehouse has a column "${own}" of its own`,
    () => dataset('public.x', { on: 'warehouse', columns: { [own]: author.text() } }),
  ]),
  ['PostgreSQL would cut the name', () => dataset('public.x', { on: 'warehouse', columns: { ['é'.repeat(32)]: author.text() } })],
  ['since asks how old a row is', () => loose(keyless.since)('3d')],
  ['text(): max is "10"', () => text({ max: '10' })],
  ['text(): max is 0', () => text({ max: 0 })],
  ['text(): oneOf is "abc", which is not a list', () => text({ oneOf: 'abc' })],
  ['oneOf: "abc" is not a value that the column holds', () => text({ max: 2, oneOf: ['abc'] })],
  ['text(): there is no option "notnull"', () => text({ notnull: true })],
  ['text(): notNull is "yes"', () => text({ notNull: 'yes' })],
  ['text(): personal is false, which is not true', () => text({ personal: false })],
  ['text(): 100 is given for its options', () => text(100)],
  ['task: it has no name', () => task({ run: () => 1 })],
  ['backup: it has no name', () => backup({})],
  ['retain: it has no name', () => retain({ on: kept })],
  ['task a: run is undefined, which is not a function', () => ran({ run: undefined })],
  ['task a: there is no option "retries"', () => ran({ retries: 3 })],
  ['task a: rule is "all_sucess"', () => ran({ rule: 'all_sucess' })],
  ['a member of reads is "silver.a", which is not a dataset', () => ran({ reads: ['silver.a'] })],
  ['reads is the dataset lake.silver.a, which is not a list', () => ran({ reads: lake })],
  ['a member of fills is the step z, which is not a dataset', () => ran({ fills: [step] })],
  ['needs.a is the dataset lake.silver.a, which is not a step', () => ran({ needs: { a: lake } })],
  ['after is the step z, which is not a list', () => ran({ after: step })],
  ['in is "bronze", which is not a group', () => ran({ in: 'bronze' })],
  ['pool is "slow", which is not a pool', () => ran({ pool: 'slow' })],
  ['"undefined" is not a duration', () => polled({ timeout: undefined })],
  ['sensor a: onTimeout is "fial"', () => polled({ onTimeout: 'fial' })],
  ['model silver.a: refresh is "append"', () => asked({ refresh: 'append' })],
  ["declares no key, which refresh: 'key' goes by", () => asked({ into: keyless, refresh: 'key' })],
  ['a lake has no roles', () => silver({ grants: { select: ['a'] } })],
  ['there is no option "all"', () => dataset('public.x', { on: 'warehouse', columns, grants: { all: ['a'] } })],
  ['a write of the lake is one commit', () => asked({ hooks: { after: [author.sql`select 1`] } })],
  ['"commit" is of transactions', () => viewed(() => author.sql`select id from ${table}`, { hooks: { before: [author.sql`commit`] } })],
  ['there is no option "behind"', () => asked({ hooks: { behind: [] } })],
  ['its name is not a word', () => loose(author.ephemeral)('a b', { on: 'lake', columns, from: {}, query: () => author.sql`select 1` })],
  ["declares no partition, which refresh: 'partition' goes by", () => asked({ refresh: 'partition' })],
  ['its partition is at, which is timestamp', () => silver({ columns: { at: author.timestamp() }, partition: 'at' })],
  ['its partition is n, which may be null', () => silver({ partition: 'n' })],
  ['id is unique across partitions', () => silver({ columns: { id: author.text(), n: required }, key: ['id'], partition: 'n' })],
  ['none of its sources has the column n', () => parted({ lake }, author.sql`select 1 as n from ${lake}`)],
  ['n is integer in lake.silver.p and text in lake.silver.t', () => parted({ texts }, author.sql`select n from ${texts}`)],
  ['reads .batch of lake.silver.b, which only a run has', () => parted({ other }, author.sql`select n from ${other.batch}`)],
  ['is a view, and refresh is "full"', () => asked({ into: seen })],
  ['is a table, and refresh is "view"', () => asked({ refresh: 'view' })],
  [
    'its view reads interval.end, which only a run has',
    () => viewed((context) => author.sql`select ${context.interval.end} from ${table}`),
  ],
  ['its view reads .batch of warehouse.public.a', () => viewed(() => author.sql`select id from ${table.batch}`)],
  ['is a view, which its model makes', () => loaded({ into: seen })],
  ['as is "table"', () => silver({ as: 'table' })],
  ['a view lies in the warehouse', () => silver({ as: 'view' })],
  ['a view has neither key nor indexes', () => dataset('public.x', { on: 'warehouse', as: 'view', columns, key: ['id'] })],
  [
    'checks say what happens to rows that are written',
    () => dataset('public.x', { on: 'warehouse', as: 'view', columns, checks: [author.within('n', { min: 0 })] }),
  ],
  ['id is filled by the database', () => dataset('public.x', { on: 'warehouse', as: 'view', columns: { id: author.identity() } })],
  ['lie in two', () => asked({ from: { table }, query: () => author.sql`select id from ${table}` })],
  ['it does not say that it reads lake.silver.b', () => asked({ query: () => author.sql`select id from ${other}` })],
  ['what the query gives is "select 1"', () => asked({ query: () => 'select 1' })],
  ['what the query gives is a promise', () => asked({ query: async () => author.sql`select 1` })],
  ['into is "silver.a", which is not a dataset', () => asked({ into: 'silver.a' })],
  ['has no columns of its own to fill', () => asked({ into: bodies })],
  ['declares no order', () => asked({ from: { other }, query: () => author.sql`select id from ${other.latest as unknown as author.Sql}` })],
  ['a member of reveals is "age"', () => asked({ reveals: ['age'] })],
  ['given: the model is the dataset lake.silver.a, which is not a model', () => loose(author.given)(lake, {}, { expect: [] })],
  ['there is no option "others"', () => loose(author.given)(asked({}), { others: [] }, { expect: [] })],
  ['a member of expect is 1, which is not an object', () => loose(author.given)(asked({}), {}, { expect: [1] })],
  ['load: mode is "merge"', () => loaded({ mode: 'merge' })],
  ['warehouse.public.a is not in the lake', () => loaded({ from: table, into: lake })],
  ['there is no column "nope" in lake.silver.a', () => loaded({ columns: { id: 'nope' } })],
  ['there is no column "nope" in warehouse.public.a', () => loaded({ columns: { nope: 'id' } })],
  ['id is personal and id is not', () => loaded({ from: other })],
  ['n is timestamp and n is integer', () => loaded({ from: counted, into: keyless })],
  ["declares no key, which mode: 'upsert' goes by", () => loaded({ into: keyless, mode: 'upsert' })],
  [
    'nothing fills id of warehouse.public.a',
    () => loaded({ from: author.dataset('silver.c', { on: 'lake', columns: { z: author.text() } }) }),
  ],
  ['check c: otherwise is "error"', () => checked({ otherwise: 'error' })],
  ['check c: it is on no dataset', () => checked({ on: [] })],
  ['rule is "select true"', () => checked({ rule: 'select true' })],
  ['message is undefined', () => checked({ message: undefined })],
  ['lie in two', () => checked({ on: [table, lake], rule: author.sql`select true from ${table}, ${lake}` })],
  ['fileSource: there is no option "path"', () => loose(author.fileSource)({ path: 'inbox' })],
  ['fileSource inbox, drift: there is no option "renamd"', () => files({ drift: { renamd: 'add' } })],
  ['folder is undefined', () => files({ folder: undefined })],
  ['folder is an object', () => files({ folder: { bucket: 'inbox' } })],
  ['folder.lake is "../x"', () => files({ folder: { lake: '../x' } })],
  ['pattern is "../*.csv"', () => files({ pattern: '../*.csv' })],
  ['format is "csv", which is not a format', () => files({ format: 'csv' })],
  ['ready says neither stable nor marker, or both', () => files({ ready: {} })],
  ['ready.marker is "*"', () => files({ ready: { marker: '*' } })],
  ['"10" is not a duration', () => files({ ready: { stable: '10' } })],
  ['by is "size"', () => files({ by: 'size' })],
  ['vanished is "forget"', () => files({ vanished: 'forget' })],
  ['drift is "adapt"', () => files({ drift: 'adapt' })],
  ['drift.missing is "add"', () => files({ drift: { missing: 'add' } })],
  ['the last part of its folder is not a name', () => files({ folder: '..' })],
  ['sqlSource orders: it says neither table nor query, or both', () => rows({ query: 'select 1' })],
  ['sqlSource: it says neither', () => rows({ table: undefined })],
  ['this is not a name', () => rows({ table: undefined, query: 'select 1', name: '' })],
  ['it has no name', () => rows({ table: undefined, query: 'select 1' })],
  ['table is "a.b.c", which is not a table', () => rows({ table: 'a.b.c' })],
  ['query is "delete from x", which is not a SELECT', () => rows({ table: undefined, query: 'delete from x', name: 'x' })],
  ['connection is undefined', () => rows({ connection: undefined })],
  ['mode is "all"', () => rows({ mode: 'all' })],
  ['mode: there is no option "by"', () => rows({ mode: { by: 'updated_at' } })],
  ['mode.incremental is undefined', () => rows({ mode: { overlap: 0 } })],
  ['mode.overlap is undefined', () => rows({ mode: { incremental: 'updated_at' } })],
  ['mode.overlap is -1', () => rows({ mode: { incremental: 'id', overlap: -1 } })],
  ['limits: there is no option "statment"', () => rows({ limits: { statment: '1s' } })],
  ['declares no key, which rows that come again go by', () => pulled({ from: byId })],
  ['pull: there is no option "mode"', () => pulled({ mode: 'append' })],
  ['from is "inbox", which is not a source', () => pulled({ from: 'inbox' })],
  ['into is "silver.a", which is not a dataset', () => pulled({ into: 'silver.a' })],
  ['warehouse.public.a is not in the lake', () => pulled({ into: table })],
  ['lake.bronze.a has no columns of its own to fill', () => pulled({ into: bodies })],
  ['there is no column "nope" in lake.silver.a', () => pulled({ columns: { nope: 'x' } })],
  ['two columns are to be filled from "x"', () => pulled({ columns: { id: 'x', at: 'x' } })],
  ['backup b: of is "lake"', () => backup({ name: 'b', of: 'lake' })],
  ['does not say which backups stay', () => backup({ name: 'b', keep: 7 })],
  ['does not say which backups stay', () => backup({ name: 'b', keep: '0' })],
  ['backup: there is no option "to"', () => backup({ name: 'b', to: '/mnt' })],
  ['is in the lake, which looks after itself', () => retain({ name: 'r', on: lake })],
  ['pipeline p: schedule is "@daily"', () => piped({ schedule: '@daily' })],
  ['five or six fields', () => piped({ schedule: { cron: 'often' } })],
  ['pipeline p: steps is the step z, which is not a list', () => piped({ steps: step })],
  ['a member of steps is the dataset lake.silver.a, which is not a step', () => piped({ steps: [[lake]] })],
  ['there is no option "catchUp"', () => piped({ catchUp: true })],
  ['catchup is "no"', () => piped({ catchup: 'no' })],
  ['notify: there is no option "failed"', () => piped({ notify: { failed: [] } })],
  ['a member of notify.failure is "#data"', () => piped({ notify: { failure: ['#data'] } })],
  ['a member of order is "z"', () => piped({ order: ['z'] })],
  ['params is an object, which is not JSON', () => piped({ params: { at: new Map() } })],
  ['project: there is no option "timezone"', () => loose(author.project)({ name: 'shop', timezone: 'Europe/Paris' })],
  ['project, demo: there is no option "simulator"', () => loose(author.project)({ name: 'shop', demo: { simulator: {} } })],
  ['env(): there is no option "fallback"', () => loose(author.env)('PORT', { fallback: '1' })],
  ['httpConnection(): there is no option "uri"', () => loose(author.httpConnection)({ uri: 'http://x' })],
  ['retry: there is no option "dely"', () => ran({ retry: { attempts: 3, dely: '1s' } })],
  ['retry: backoff is "linear"', () => ran({ retry: { attempts: 3, backoff: 'linear' } })],
  ['group g: there is no option "retries"', () => loose(author.group)('g', { retries: 3 })],
  ['pool is "slow", which is not a pool', () => loose(author.group)('g', { pool: 'slow' })],
  ['foreignKey(): there is no option "onn"', () => loose(author.foreignKey)({ from: table, columns: ['id'], to: table, onn: ['id'] })],
  ['to is "public.a", which is not a dataset', () => loose(author.foreignKey)({ from: table, columns: ['id'], to: 'public.a' })],
  ['columns is "id", which is not a list', () => loose(author.foreignKey)({ from: table, columns: 'id', to: table })],
  ['the address is 5, which is not text', () => loose(author.email)(5)],
  ['the list is a list, which is not text', () => loose(author.emails)(['a@b'])],
  ['chains(): a member of the chains is the step z', () => loose(author.chains)(step)],
  ['budget, tariff: there is no option "perCal"', () => budgeted({ tariff: { perCal: 1, bytesPerCredit: 1 } })],
  ['budget: onExceeded is "explode"', () => budgeted({ onExceeded: 'explode' })],
  ['budget, uses: there is no option "perrun"', () => budgeted({ uses: [{ pipeline: 'p', perrun: [] }] })],
  ['cron("@daily"): there is no option "timezone"', () => loose(cron)('@daily', { timezone: 'UTC' })],
  ['budget: there is no option "reserved"', () => loose(author.budget)({ uses: [], reserved: 0.3 })],
  ['sql: a value is undefined', () => sql(undefined)],
  ['sql: a value is NaN', () => sql(Number.NaN)],
  ['sql: a value is the step z', () => sql(step)],
])('code that no compiler has seen is refused in a sentence: %s', (what, define) => {
  expect(define).toThrow(
    expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(what), next: expect.stringMatching(/\.$/) }),
  )
})

it.each<[string, () => unknown, string]>([
  ['pool is "slow", which is not a pool', () => ran({ pool: 'slow' }), "pool: pool('slow', 4), with pool imported"],
  ['in is "bronze", which is not a group', () => ran({ in: 'bronze' }), "in: group('bronze'), with group imported"],
  [
    'schedule is "@hourly"',
    () => loose(author.pipeline)({ name: 'p', schedule: '@hourly', steps: [] }),
    "schedule: cron('@hourly'), with cron",
  ],
])('what is meant can be written: %s', (what, define, next) => {
  expect(define).toThrow(expect.objectContaining({ message: expect.stringContaining(what), next: expect.stringContaining(next) }))
})
