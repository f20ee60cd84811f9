/**
 * Lines that must not compile, each under the first line of what the compiler says, types of datasets and steps shortened. A test compiles
 * them and holds each to its words. Not formatted: a mark covers one line.
 */

import { cron } from '@sluice/core'
import { backup, bigint, boolean, chains, check, csv, dataset, date, decimal, emails, ephemeral, fileSource, fixedWidth, foreignKey, freshness, given, graded, group, identity, inOrder, integer, json, jsonb, load, matches, model, notNull, oauth, pick, pipeline, pool, pull, quality, raw, restSource, retain, reveal, secret, sql, sqlSource, text, texts, timestamp, unique, within, xml } from '../index.ts'
import { type Context, sensor, task } from './context.ts'

const bodies = dataset('bronze.assets', { on: 'lake', bodies: json('$.data[*]', { id: text(), priceUsd: text() }) })
const assets = dataset('silver.assets', { on: 'lake', columns: { asset_id: text({ notNull: true }), price_usd: decimal(38, 18), seen_at: timestamp({ notNull: true }), seen_on: date() }, key: ['asset_id', 'seen_at'], order: 'seen_at' })
const plain = dataset('silver.plain', { on: 'lake', columns: { asset_id: text(), day: date() } })
const coins = dataset('public.coins', { on: 'warehouse', columns: { coin: text({ max: 100, notNull: true }), rank: integer() }, key: ['coin'] })
const prices = dataset('public.prices', { on: 'warehouse', columns: { id: identity(), coin: text({ max: 100, notNull: true }), prix: decimal(38, 18, { notNull: true }), rang: integer(), le: timestamp(), net: decimal(38, 18, { generated: 'prix * 2' }) }, key: ['id'], references: { coin: coins }, order: 'le', keep: '7d' })
const daily = dataset('public.daily', { on: 'warehouse', columns: { coin: text({ notNull: true }), day: date({ notNull: true }), version: integer() }, key: ['coin', 'day'] })
const ranked = dataset('public.ranked', { on: 'warehouse', columns: { coin: text(), version: integer() }, order: 'version' })
const people = dataset('public.people', { on: 'warehouse', columns: { id: integer({ notNull: true }), email: text({ personal: true, notNull: true }), boss: integer() }, key: ['id'], references: { boss: 'self' } })
const client = dataset('public.client', { on: 'warehouse', columns: { id: integer({ notNull: true }), since: timestamp({ notNull: true }), until: timestamp(), holds: boolean({ notNull: true }) }, key: ['id', 'since'], versions: { from: 'since', to: 'until', current: 'holds' } })
const named = dataset('public.named', { on: 'warehouse', as: 'view', columns: { coin: text() } })
const report = dataset('gold.report', { on: 'lake', files: 'text/plain' })
const inbox = fileSource({ folder: 'inbox' })
const changed = sqlSource({ connection: 'shop', table: 'orders', mode: { incremental: 'updated_at', overlap: '1h' } })
const counted = task({ name: 'count', run: () => ({ rows: 3, ids: ['a'] }) })
const silent = task({ name: 'silent', run: () => {} })
const cleaned = model({ into: assets, from: { bodies }, refresh: 'batch', query: ({ bodies }, { interval }) => sql`select id as asset_id, ${interval.end} as seen_at from ${bodies.batch}` })

// --- datasets
// @ts-expect-error Type '"ident"' is not assignable to type '"id"'.
dataset('silver.a', { on: 'lake', columns: { id: text() }, key: ['ident'] })
// @ts-expect-error Type '"seen_at"' is not assignable to type '"id"'.
dataset('silver.b', { on: 'lake', columns: { id: text() }, order: 'seen_at' })
// @ts-expect-error Type 'Within<"price">' is not assignable to type 'Unique<"id" | "n"> | Within<"n">'.
dataset('silver.c', { on: 'lake', columns: { id: text(), n: integer() }, checks: [within('price', { min: 0 })] })
// @ts-expect-error Type 'Unique<"day" | "id">' is not assignable to type 'Unique<"id" | "n"> | Within<"n">'.
dataset('silver.d', { on: 'lake', columns: { id: text(), n: integer() }, checks: [unique('id', 'day')] })
// @ts-expect-error Type '"day"' is not assignable to type 'IndexOption<"id" | "n">'.
dataset('public.e', { on: 'warehouse', columns: { id: text(), n: integer() }, indexes: ['day'] })
// @ts-expect-error Type '{ on: "day desc"; }' is not assignable to type 'IndexOption<"id" | "n">'.
dataset('public.e', { on: 'warehouse', columns: { id: text(), n: integer() }, indexes: [{ on: 'day desc' }] })
// @ts-expect-error Type '{ on: "id"; include: ["day"]; }' is not assignable to type 'IndexOption<"id" | "n">'.
dataset('public.e', { on: 'warehouse', columns: { id: text(), n: integer() }, indexes: [{ on: 'id', include: ['day'] }] })
// @ts-expect-error Type '"week"' is not assignable to type '"day" | "month" | "year"'.
dataset('public.e', { on: 'warehouse', columns: { day: date({ notNull: true }) }, partition: { by: 'week', column: 'day' } })
// @ts-expect-error Type '"dya"' is not assignable to type '"day"'.
dataset('public.e', { on: 'warehouse', columns: { day: date({ notNull: true }) }, partition: { by: 'month', column: 'dya' } })
// @ts-expect-error a lake table has no indexes: leave them out, DuckDB reads the statistics of its files
dataset('silver.f', { on: 'lake', columns: { id: text() }, indexes: ['id'] })
// @ts-expect-error Type '"90"' is not assignable to type '`${number}d` | `${number}h` | `${number}m` | `${number}ms` | `${number}s`'.
dataset('silver.h', { on: 'lake', columns: { at: timestamp() }, order: 'at', keep: '90' })
// @ts-expect-error Object literal may only specify known properties, and 'retention' does not exist in type
dataset('silver.i', { on: 'lake', columns: { id: text() }, retention: '90d' })
// @ts-expect-error Type '"snowflake"' is not assignable to type '"lake" | "warehouse"'.
dataset('silver.j', { on: 'snowflake', columns: { id: text() } })
// @ts-expect-error a view lies in the warehouse: leave as out, a table of the lake is filled by its model
dataset('silver.k', { on: 'lake', as: 'view', columns: { coin: integer() } })
// @ts-expect-error a lake has no roles: grants are of the warehouse
dataset('silver.k', { on: 'lake', columns: { coin: integer() }, grants: { select: ['analysts'] } })
// @ts-expect-error coin is integer but coin of warehouse.public.coins is text(100): a reference needs columns of one type
dataset('public.k', { on: 'warehouse', columns: { coin: integer() }, references: { coin: coins } })
// @ts-expect-error warehouse.public.daily has a key of several columns: use foreignKey({ from, columns, to })
dataset('public.l', { on: 'warehouse', columns: { coin: text() }, references: { coin: daily } })
// @ts-expect-error there is no column 'monnaie' here
dataset('public.m', { on: 'warehouse', columns: { coin: text() }, references: { monnaie: coins } })
// @ts-expect-error boss is text but id of this dataset is integer: a reference needs columns of one type
dataset('public.n', { on: 'warehouse', columns: { id: integer(), boss: text() }, key: ['id'], references: { boss: 'self' } })
// @ts-expect-error warehouse.public.coins has no column 'ident'
dataset('public.o', { on: 'warehouse', columns: { coin: text() }, references: { coin: [coins, 'ident'] } })
// @ts-expect-error rang is integer but day of warehouse.public.daily is date: a reference needs columns of one type
foreignKey({ from: prices, columns: ['coin', 'rang'], to: daily })
// @ts-expect-error 1 columns cannot refer to the 2 of warehouse.public.daily
foreignKey({ from: prices, columns: ['coin'], to: daily })
// @ts-expect-error Type '"monnaie"' is not assignable to type '"coin" | "id" | "le" | "net" | "prix" | "rang"'.
foreignKey({ from: prices, columns: ['monnaie'], to: coins })
// @ts-expect-error there is no option 'notnull' here
text({ notnull: true, comment: 'spelled wrong' })
// @ts-expect-error Object literal may only specify known properties, and 'max' does not exist in type
integer({ max: 3 })
// @ts-expect-error Type 'string' is not assignable to type 'boolean | undefined'.
decimal(38, 18, { notNull: 'yes' })
// @ts-expect-error Type 'string' is not assignable to type 'true'.
text({ personal: 'hash' })
// @ts-expect-error Property 'parts' does not exist on type 'NoOrder'.
plain.latest.parts.length
// @ts-expect-error Type '"ended"' is not assignable to type '"id" | "since" | "until"'.
dataset('silver.v1', { on: 'lake', columns: { id: text(), since: timestamp(), until: timestamp() }, key: ['id', 'since'], versions: { from: 'since', to: 'ended' } })
// @ts-expect-error lake.silver.plain is not ordered by a timestamp or a date, which says how old a row is
plain.since('3d')
// @ts-expect-error warehouse.public.ranked is not ordered by a timestamp or a date, which says how old a row is
ranked.since('3d')
// @ts-expect-error Argument of type '"3"' is not assignable to parameter of type '`${number}d` | `${number}h` | `${number}m` |
prices.since('3')
// @ts-expect-error a key is of a table: declare it where a model fills one
dataset('bronze.q', { on: 'lake', bodies: json('$', { id: text() }), key: ['id'] })
// @ts-expect-error checks are of a table: declare them where a model fills one
dataset('bronze.r', { on: 'lake', bodies: json('$', { n: integer() }), checks: [within('n', { min: 0 })] })
// @ts-expect-error bodies lie in bronze: name it bronze.<name>, not silver.s
dataset('silver.s', { on: 'lake', bodies: json('$', { id: text() }) })
// @ts-expect-error files lie in gold: name it gold.<name>, not silver.t
dataset('silver.t', { on: 'lake', files: 'text/plain' })
// @ts-expect-error bodies lie in the lake: declare columns
dataset('public.u', { on: 'warehouse', bodies: raw() })
// @ts-expect-error Type '"xlsx"' is not assignable to type '"csv" | "ndjson" | "parquet" | `${string}/${string}`'.
dataset('gold.v', { on: 'lake', files: 'xlsx' })
// @ts-expect-error keep goes by the order column: declare order
dataset('silver.w', { on: 'lake', columns: { id: text() }, keep: '90d' })
// @ts-expect-error vectors mark what a write by key takes: declare key
dataset('silver.wv', { on: 'lake', columns: { id: text() }, deletionVectors: true })
// @ts-expect-error deletion vectors are of a table of the lake: leave them out
dataset('public.wv', { on: 'warehouse', columns: { id: text() }, key: ['id'], deletionVectors: true })
// @ts-expect-error exports are kept by number: lake: { gold: { exports } } of the project
dataset('gold.x', { on: 'lake', files: 'text/csv', keep: '90d' })
// @ts-expect-error Type 'Within<"id">' is not assignable to type 'Unique<"id" | "n"> | Within<"n">'.
dataset('silver.y', { on: 'lake', columns: { id: text(), n: integer() }, checks: [within('id', { min: 0 })] })
// @ts-expect-error a lake table has no foreign keys: declare them where it is loaded
dataset('silver.z', { on: 'lake', columns: { id: text() }, references: { id: coins } })
// @ts-expect-error warehouse.public.ranked has no key to refer to: declare its key, or name a column as [dataset, column]
dataset('public.a', { on: 'warehouse', columns: { id: text() }, references: { id: ranked } })
// @ts-expect-error Argument of type '"public"' is not assignable to parameter of type '`${string}.${string}`'.
dataset('public', { on: 'warehouse', columns: { id: text() } })
// @ts-expect-error Argument of type '"data"' is not assignable to parameter of type '`$${string}`'.
json('data', { id: text() })
// @ts-expect-error Type 'string' is not assignable to type 'readonly string[]'.
text({ oneOf: 'a' })
// @ts-expect-error Type 'false' is not assignable to type 'true'.
text({ personal: false })
// @ts-expect-error Type '"x.y"' is not assignable to type '`$.${string}`'.
jsonb({ at: 'x.y' })
// @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'.
texts(3)
// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'Personal<unknown>'.
reveal('plain')

// --- models
// @ts-expect-error a model of the lake reads the lake alone, and warehouse.public.prices is not there: let the model fill the warehouse
model({ into: assets, from: { prices }, refresh: 'full', query: ({ prices }) => sql`select * from ${prices}` })
// @ts-expect-error a model of the warehouse reads the warehouse alone, and lake.silver.assets is not there: bring it over with load({
model({ into: daily, from: { assets }, refresh: 'full', query: ({ assets }) => sql`select * from ${assets}` })
// @ts-expect-error from names datasets, and this is a step: name the dataset that it fills
model({ into: assets, from: { cleaned }, refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error lake.silver.plain declares no key, which refresh: 'key' goes by
model({ into: plain, refresh: 'key', query: () => sql`select 1` })
// @ts-expect-error lake.silver.assets declares no versions (from, to), which refresh: 'scd2' keeps
model({ into: assets, refresh: 'scd2', query: () => sql`select 1` })
// @ts-expect-error warehouse.public.client keeps versions: fill it by refresh: 'scd2', or by 'full'
model({ into: client, refresh: 'key', query: () => sql`select 1` })
// @ts-expect-error lake.silver.assets declares no partition, which refresh: 'partition' goes by
model({ into: assets, refresh: 'partition', query: () => sql`select 1` })
// @ts-expect-error warehouse.public.named is a view: fill it by refresh: 'view'
model({ into: named, refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error warehouse.public.ranked is a table: declare it as: 'view' or 'materialized view', or fill it by another refresh
model({ into: ranked, refresh: 'view', query: () => sql`select 1` })
// @ts-expect-error Type '"append"' is not assignable to type 'Refresh'.
model({ into: assets, refresh: 'append', query: () => sql`select 1` })
// @ts-expect-error Property 'body' does not exist on type '{ bodies: Dataset<"lake.bronze.assets", ...>; }'.
model({ into: assets, from: { bodies }, refresh: 'batch', query: ({ body }) => sql`select * from ${body}` })
// @ts-expect-error this step does not say that it reads lake.silver.plain: add it to from
model({ into: assets, from: { bodies }, refresh: 'full', query: ({ bodies }) => sql`select * from ${bodies} join ${plain} using (asset_id)` })
// @ts-expect-error this dataset declares no order: name the column that says which rows are newest
model({ into: assets, from: { plain }, refresh: 'full', query: ({ plain }) => sql`select * from ${plain.latest}` })
// @ts-expect-error Type 'string' is not assignable to type 'Sql<string>'.
model({ into: assets, from: { bodies }, refresh: 'full', query: ({ bodies }) => `select * from ${bodies.id}` })
// @ts-expect-error Object literal may only specify known properties, and 'columns' does not exist in type
model({ into: assets, from: { bodies }, refresh: 'full', columns: { id: text() }, query: ({ bodies }) => sql`select * from ${bodies}` })
// @ts-expect-error lake.bronze.assets has no columns of its own to fill: a model fills a table
model({ into: bodies, refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error lake.gold.report has no columns of its own to fill: a model fills a table
model({ into: report, refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error lake.gold.report holds files as they are, which SQL cannot read
model({ into: assets, from: { report }, refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error Property 'now' does not exist on type 'QueryContext<{}>'.
model({ into: assets, from: { bodies }, refresh: 'full', query: (_, { now }) => sql`select ${now}` })
// @ts-expect-error from names datasets
model({ into: assets, from: ['bodies'], refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error Type '"nothing"' is not assignable to type
model({ into: assets, refresh: 'full', reveals: ['nothing'], query: () => sql`select 1` })
// @ts-expect-error Type 'string' is not assignable to type 'Dataset<string, ...>'.
model({ into: 'silver.assets', refresh: 'full', query: () => sql`select 1` })
// @ts-expect-error SQL cannot read this dataset: it holds files as they are
sql`select * from ${report}`
// @ts-expect-error Argument of type '"union"' is not assignable to parameter of type '"," | "and" | "or" | "union all"'.
sql.join([sql`select 1`], 'union')
// @ts-expect-error Type 'string' is not assignable to type 'number | Interval'.
given(cleaned, { bodies: [] }, { at: 'now', expect: [] })
// @ts-expect-error a step is not a table: name the dataset that it fills
sql`select * from ${counted}`
// @ts-expect-error a Date is not a SQL value: write instant(ms), or interval.end
sql`select ${new Date()}`
// @ts-expect-error not a SQL value: use text, a number, a boolean, null, sql or a dataset
sql`select ${undefined}`
// @ts-expect-error Object literal may only specify known properties, and 'ident' does not exist in type
given(cleaned, { bodies: [{ ident: 'btc' }] }, { expect: [] })
// @ts-expect-error Type 'number' is not assignable to type 'string'.
given(cleaned, { bodies: [] }, { expect: [{ asset_id: 3 }] })
// @ts-expect-error Object literal may only specify known properties, and 'body' does not exist in type
given(cleaned, { body: [] }, { expect: [] })

// @ts-expect-error a write of the lake is one commit: hooks are of the warehouse
model({ into: assets, refresh: 'full', hooks: { after: [sql`select 1`] }, query: () => sql`select 1` })
// @ts-expect-error this step does not say that it reads lake.silver.plain: add it to from
ephemeral('e', { on: 'lake', columns: { day: date() }, from: { assets }, query: () => sql`select day from ${plain}` })
// @ts-expect-error this step does not say that it reads lake.silver.plain: add it to from
model({ into: assets, from: { bodies }, refresh: 'full', query: () => sql`select * from ${ephemeral('f', { on: 'lake', columns: { day: date() }, from: { plain }, query: ({ plain }) => sql`select day from ${plain}` })}` })

// --- loads
// @ts-expect-error nothing fills prix of warehouse.public.prices, which must not be null: name its source under columns
load({ from: assets, into: prices, mode: 'append', columns: { coin: 'asset_id' } })
// @ts-expect-error prix is decimal(38,18) and seen_at is timestamp: cast it in a model first
load({ from: assets, into: prices, mode: 'append', columns: { coin: 'asset_id', prix: 'seen_at' } })
// @ts-expect-error Type '"price_eur"' is not assignable to type '"asset_id" | "price_usd" | "seen_at" | "seen_on"'.
load({ from: assets, into: prices, mode: 'append', columns: { coin: 'asset_id', prix: 'price_eur' } })
// @ts-expect-error there is no column 'cours' to fill
load({ from: assets, into: prices, mode: 'append', columns: { coin: 'asset_id', prix: 'price_usd', cours: 'price_usd' } })
// @ts-expect-error rang is text in lake.silver.p and integer in warehouse.public.prices: cast it in a model first
load({ from: dataset('silver.p', { on: 'lake', columns: { coin: text(), prix: decimal(38, 18), rang: text() } }), into: prices, mode: 'append' })
// @ts-expect-error warehouse.public.prices is not in the lake: inside the warehouse a model does it
load({ from: prices, into: daily, mode: 'append' })
// @ts-expect-error lake.silver.plain is not in the warehouse: inside the lake a model does it
load({ from: assets, into: plain, mode: 'append' })
// @ts-expect-error Type '"replace"' is not assignable to type '"append" | "full" | "new" | "scd2" | "upsert"'.
load({ from: assets, into: prices, mode: 'replace', columns: { coin: 'asset_id', prix: 'price_usd' } })
// @ts-expect-error Type 'Model<...>' is missing the following properties from type 'Dataset<string, ...>'
load({ from: cleaned, into: prices, mode: 'append' })
// @ts-expect-error net is computed by the database: leave it out
load({ from: assets, into: prices, mode: 'append', columns: { coin: 'asset_id', prix: 'price_usd', net: 'price_usd' } })
// @ts-expect-error warehouse.public.ranked declares no key, which mode: 'upsert' goes by
load({ from: dataset('silver.r', { on: 'lake', columns: { coin: text(), version: integer() } }), into: ranked, mode: 'upsert' })
// @ts-expect-error warehouse.public.prices declares no versions, which mode: 'scd2' goes by
load({ from: assets, into: prices, mode: 'scd2', columns: { coin: 'asset_id', prix: 'price_usd' } })
// @ts-expect-error warehouse.public.client keeps versions: load it by mode: 'scd2'
load({ from: dataset('silver.c2', { on: 'lake', columns: { id: integer({ notNull: true }), seen: timestamp({ notNull: true }) } }), into: client, mode: 'upsert', columns: { since: 'seen' } })
// @ts-expect-error until is computed by the database: leave it out
load({ from: dataset('silver.c3', { on: 'lake', columns: { id: integer({ notNull: true }), seen: timestamp({ notNull: true }) } }), into: client, mode: 'scd2', columns: { since: 'seen', until: 'seen' } })
// @ts-expect-error warehouse.public.named is a view, which its model makes: load a table
load({ from: assets, into: named, mode: 'append', columns: { coin: 'asset_id' } })
// @ts-expect-error coin is personal in lake.silver.v and not in warehouse.public.ranked: declare it personal there, or leave it out
load({ from: dataset('silver.v', { on: 'lake', columns: { coin: text({ personal: true }), version: integer() } }), into: ranked, mode: 'append' })
// @ts-expect-error name is personal and coin is not: declare it personal, or leave it out
load({ from: dataset('silver.x', { on: 'lake', columns: { name: text({ personal: true }) } }), into: ranked, mode: 'append', columns: { coin: 'name' } })

// --- tasks
// @ts-expect-error Property 'count' does not exist on type '{ readonly counted: { rows: number; ids: string[]; }; }'.
task({ name: 'a', needs: { counted }, run: ({ count }) => count })
// @ts-expect-error Property 'lines' does not exist on type '{ rows: number; ids: string[]; }'.
task({ name: 'b', needs: { counted }, run: ({ counted }) => counted.lines })
// @ts-expect-error Property 'toUpperCase' does not exist on type 'number'.
task({ name: 'c', needs: { counted }, run: ({ counted }) => counted.rows.toUpperCase() })
// @ts-expect-error 'counted' is possibly 'undefined'.
task({ name: 'd', needs: { counted }, rule: 'all_done', run: ({ counted }) => counted.rows })
// @ts-expect-error this step returns nothing: put it under after, or let it return something
task({ name: 'e', needs: { silent }, run: () => 1 })
// @ts-expect-error a dataset is not an output: name it under reads
task({ name: 'f', needs: { assets }, run: () => 1 })
// @ts-expect-error an output travels as JSON, which cannot hold a Date: return text, numbers, plain objects
task({ name: 'g', run: () => ({ at: new Date() }) })
// @ts-expect-error an output travels as JSON, which cannot hold a Map: return text, numbers, plain objects
task({ name: 'h', run: async () => new Map<string, number>() })
// @ts-expect-error an output travels as JSON, which cannot hold a function: return text, numbers, plain objects
task({ name: 'i', run: () => ({ again: () => 1 }) })
// @ts-expect-error Type '"30"' is not assignable to type '`${number}d` | `${number}h` | `${number}m` | `${number}ms` | `${number}s`'.
task({ name: 'j', timeout: '30', run: () => 1 })
// @ts-expect-error Type 'number' is not assignable to type '`${number}d` | `${number}h` | `${number}m` | `${number}ms` | `${number}s` |
task({ name: 'k', retry: { attempts: 3, delay: 5 }, run: () => 1 })
// @ts-expect-error Type '"all_failed_twice"' is not assignable to type '"all_done" | "all_success" | "none_failed" | "one_failed"'.
task({ name: 'l', rule: 'all_failed_twice', run: () => 1 })
// @ts-expect-error Object literal may only specify known properties, and 'retries' does not exist in type
task({ name: 'm', retries: 3, run: () => 1 })
// @ts-expect-error Type 'Dataset<"lake.silver.assets", ...>' is missing the following properties from type 'Step<unknown>'
task({ name: 'n', after: [assets], run: () => 1 })
// @ts-expect-error this step does not say that it fills lake.bronze.assets: add it to fills
task({ name: 'o', run: (_, { lake }) => lake.land(bodies, (async function* () {})()) })
// @ts-expect-error lake.silver.assets does not hold bodies: declare bodies: json(...), or fill it with a model
task({ name: 'p', fills: [assets], run: (_, { lake }) => lake.land(assets, (async function* () {})()) })
// @ts-expect-error lake.bronze.assets does not hold files: declare files, or fill it with a model
task({ name: 'q', fills: [bodies], run: (_, { lake }) => lake.put(bodies, 'x') })
// @ts-expect-error this step does not say that it reads warehouse.public.prices: add it to reads
task({ name: 'r', run: (_, { warehouse }) => warehouse.rows({ rang: integer() }, sql`select rang from ${prices}`) })
// @ts-expect-error lake.silver.assets is not in the warehouse, where this statement runs: bring it over with load({ from, into })
task({ name: 's', reads: [assets], run: (_, { warehouse }) => warehouse.rows({ n: integer() }, sql`select 1 as n from ${assets}`) })
// @ts-expect-error Argument of type '"rank"' is not assignable to parameter of type '"coin" | "id" | "le" | "net" | "prix" | "rang"'.
task({ name: 't', reads: [prices], run: async (_, { warehouse }) => (await warehouse.rows(pick(prices, 'rank'), sql`select 1`)).length })
// @ts-expect-error Argument of type 'Personal<string>' is not assignable to parameter of type 'string'.
task({ name: 'u', reads: [people], run: async (_, { warehouse, log }) => { for (const { email } of await warehouse.rows(pick(people, 'email'), sql`select email from ${people}`)) log.info(email) } })
// @ts-expect-error an output travels as JSON, which cannot hold a personal value: return text, numbers, plain objects
task({ name: 'v', reads: [people], run: (_, { warehouse }) => warehouse.rows(pick(people, 'email'), sql`select email from ${people}`) })
// @ts-expect-error Type 'string' is not assignable to type 'Group'.
task({ name: 'w', in: 'checks', run: () => 1 })
// @ts-expect-error Object literal may only specify known properties, but 'backof' does not exist in type
group('g', { retry: { attempts: 1, backof: 'constant' } })
// @ts-expect-error Expected 2 arguments, but got 1.
pool('coincap')
// @ts-expect-error Type 'string' is not assignable to type 'Pool'.
task({ name: 'p1', pool: 'coincap', run: () => 1 })
// @ts-expect-error only steps have outputs
task({ name: 'p2', needs: { counted: 'count' }, run: () => 1 })
// @ts-expect-error Type 'Task<...>' is missing the following properties from type 'AnyDataset'
task({ name: 'p3', reads: [counted], run: () => 1 })
// @ts-expect-error this step does not say that it fills lake.bronze.assets: add it to fills
task({ name: 'p4', fills: [assets], run: (_, { lake }) => lake.land(bodies, (async function* () {})()) })
// @ts-expect-error Property 'spark' does not exist on type 'StoresContext<never, never>'.
task({ name: 'p5', run: (_, { spark }) => spark })
// @ts-expect-error Property 'lake' does not exist on type 'Context'.
export const helper = (context: Context) => context.lake
// @ts-expect-error Type '{ log: Console; }' is missing the following properties from type 'StoresContext<string, string>'
counted.run({}, { log: console })

// --- sources and pulls
// @ts-expect-error Property 'folder' is missing in type '{ pattern: string; }' but required in type 'FileSourceOptions'.
fileSource({ pattern: '*.csv' })
// @ts-expect-error Object literal may only specify known properties, and 'glob' does not exist in type
fileSource({ folder: 'inbox', glob: '*.csv' })
// @ts-expect-error Type '"10"' is not assignable to type '`${number}d` | `${number}h` | `${number}m` | `${number}ms` | `${number}s`'.
fileSource({ folder: 'inbox', ready: { stable: '10' } })
// @ts-expect-error Type '"forget"' is not assignable to type '"delete" | "delete-all" | "keep"'.
fileSource({ folder: 'inbox', vanished: 'forget' })
// @ts-expect-error Type '"add"' is not assignable to type '"ignore" | "refuse" | undefined'.
fileSource({ folder: 'inbox', drift: { missing: 'add' } })
// @ts-expect-error Type 'string' is not assignable to type 'FileFormat'.
fileSource({ folder: 'inbox', format: 'csv' })
// @ts-expect-error Type '"%d/%m/%Y"' is not assignable to type 'Readonly<Record<string, DateForm>> | DateForm | undefined'.
fileSource({ folder: 'inbox', format: csv({ dates: '%d/%m/%Y' }) })
// @ts-expect-error Object literal may only specify known properties, and 'sep' does not exist in type
fileSource({ folder: 'inbox', format: csv({ sep: ';' }) })
// @ts-expect-error Type '"latin1"' is not assignable to type 'Encoding | undefined'.
fileSource({ folder: 'inbox', format: csv({ encoding: 'latin1' }) })
// @ts-expect-error Type 'number' is not assignable to type 'readonly [first: number, width: number]'.
fileSource({ folder: 'inbox', format: fixedWidth({ fields: { id: 8 } }) })
// @ts-expect-error Property 'rows' is missing in type '{}' but required in type 'OptionsOf<XmlFormat>'.
fileSource({ folder: 'inbox', format: xml({}) })
// @ts-expect-error lake.bronze.assets has no columns of its own to fill: a pull of files or rows fills a table
pull({ from: inbox, into: bodies })
// @ts-expect-error warehouse.public.coins is not in the lake: pull into the lake, and bring it over with load({ from, into })
pull({ from: inbox, into: coins })
// @ts-expect-error there is no column 'asset' to fill
pull({ from: inbox, into: plain, columns: { asset: 'Asset' } })
// @ts-expect-error Type 'string' is not assignable to type 'Source'.
pull({ from: 'inbox', into: plain })
// @ts-expect-error lake.silver.plain declares no key, which rows that come again go by
pull({ from: changed, into: plain })
// @ts-expect-error No overload matches this call
sqlSource({ connection: 'shop', table: 'orders', mode: { incremental: 'updated_at' } })
// @ts-expect-error No overload matches this call
sqlSource({ connection: 'shop', query: 'select 1', mode: 'full' })
// @ts-expect-error No overload matches this call
sqlSource({ connection: 'shop', table: 'orders', query: 'select 1', name: 'x', mode: 'full' })

// --- branch, mapped, sensor, check, retain, pipeline
// @ts-expect-error Type '"30"' is not assignable to type '`${number}d` | `${number}h` | `${number}m` | `${number}ms` | `${number}s`'.
sensor({ name: 'f', every: '30', timeout: '1h', poll: () => false })
// @ts-expect-error an output travels as JSON, which cannot hold a Date: return text, numbers, plain objects
sensor({ name: 'g', every: '30s', timeout: '1h', poll: () => ({ at: new Date() }) })
// @ts-expect-error this step does not say that it reads warehouse.public.daily: add it to reads
check({ name: 'h', on: prices, rule: sql`select count(*) > 0 from ${daily}`, message: '' })
// @ts-expect-error warehouse.public.prices is not in the lake, where this statement runs: run it in the warehouse
check({ name: 'i', on: assets, reads: [prices], rule: sql`select count(*) > 0 from ${assets}, ${prices}`, message: '' })
// @ts-expect-error a rule runs in one store, and these datasets lie in two: write a check for each
check({ name: 'i2', on: [assets, prices], rule: sql`select true from ${assets}, ${prices}`, message: '' })
// @ts-expect-error Type 'string' is not assignable to type 'AnyDataset'.
check({ name: 'i3', on: [prices, 'public.daily'], rule: sql`select true from ${prices}`, message: '' })
// @ts-expect-error Type 'string' is not assignable to type 'Sql<string> | ((context: QueryContext<{}>) => Sql<string>)'.
check({ name: 'i4', on: prices, rule: 'select true', message: '' })
// @ts-expect-error Argument of type '{ name: string; on: Dataset<"warehouse.public.prices", ...>' is not assignable to parameter of type
check({ name: 'i5', on: prices, rule: sql`select true from ${prices}` })
// @ts-expect-error Type '"skip"' is not assignable to type '"fail" | "warn"'.
check({ name: 'i6', on: prices, rule: sql`select true from ${prices}`, message: '', otherwise: 'skip' })
// @ts-expect-error Type 'string | number | boolean | null | undefined' does not satisfy the expected type 'number'.
task({ name: 'i7', needs: { enough: check({ name: 'i8', on: prices, rule: sql`select true from ${prices}`, message: '' }) }, run: ({ enough }) => enough.top satisfies number })
// @ts-expect-error lake.silver.assets is in the lake, which looks after itself: its keep is enough
retain({ name: 'j1', on: assets })
// @ts-expect-error warehouse.public.ranked is not ordered by a timestamp or a date, which says how old a row is
retain({ name: 'j2', on: ranked })
// @ts-expect-error Object literal may only specify known properties, and 'olderThan' does not exist in type
retain({ name: 'j3', on: prices, olderThan: '7d' })
// @ts-expect-error warehouse.public.daily is not ordered by a timestamp or a date, which says how old a row is
retain({ name: 'j', on: daily })
// @ts-expect-error Type '"lake"' is not assignable to type '"platform" | "warehouse"'.
backup({ name: 'j4', of: 'lake' })
// @ts-expect-error Type 'number' is not assignable to type 'string'.
backup({ name: 'j5', keep: 7 })
// @ts-expect-error Type 'Dataset<"lake.silver.assets", ...>' is not assignable to type 'Steps'.
pipeline({ name: 'k', steps: [assets] })
// @ts-expect-error Type '"UTC"' has no properties in common with type '{ readonly timeZone?: string; }'.
pipeline({ name: 'l0', schedule: cron('@daily', 'UTC'), steps: [counted] })
// @ts-expect-error Type 'string' is not assignable to type 'Schedule'.
pipeline({ name: 'l', schedule: '@daily', steps: [counted] })
// @ts-expect-error Type 'string' is not assignable to type 'readonly Step<unknown>[] | Step<unknown>'.
pipeline({ name: 'm', steps: [counted], order: ['count'] })
// @ts-expect-error Type 'string' is not assignable to type 'readonly Step<unknown>[] | Step<unknown>'.
pipeline({ name: 'm1', steps: [counted], order: chains([counted, 'silent']) })
// @ts-expect-error Argument of type 'Task<...>' is not assignable to parameter of type 'Chain'.
pipeline({ name: 'm2', steps: [counted], order: chains(counted, silent) })
// @ts-expect-error Type 'string' is not assignable to type 'Steps'.
pipeline({ name: 'm3', steps: ['count'] })
// @ts-expect-error Type 'string' is not assignable to type 'Channel'.
pipeline({ name: 'm4', steps: [counted], notify: { failure: ['ops'] } })
// @ts-expect-error Argument of type 'string[]' is not assignable to parameter of type 'string'.
pipeline({ name: 'm5', steps: [counted], notify: { failure: emails(['ops']) } })
// @ts-expect-error Object literal may only specify known properties, but 'default' does not exist in type
pipeline({ name: 'n', steps: [counted], default: { retry: { attempts: 3 } } })
// @ts-expect-error 'first' implicitly has type 'any' because it does not have a type annotation and is referenced directly or indirectly
// biome-ignore lint/correctness/noInvalidUseBeforeDeclaration: the fault to be refused
const first = task({ name: 'first', needs: { second }, run: () => 1 })
// @ts-expect-error 'second' implicitly has type 'any' because it does not have a type annotation and is referenced directly or
const second = task({ name: 'second', needs: { first }, run: () => 2 })
// @ts-expect-error not a SQL value: use text, a number, a boolean, null, sql or a dataset
sql`${bigint()}`
// @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string | Uint8Array<ArrayBufferLike>'.
task({ name: 'x', fills: [report], run: (_, { lake }) => lake.put(report, 3) })

// --- APIs
const shop = restSource({ name: 'orders', connection: 'shop', path: '/orders' })
// @ts-expect-error Object literal may only specify known properties, and 'paging' does not exist in type
restSource({ name: 'orders', connection: 'shop', path: '/orders', paging: {} })
// @ts-expect-error Type '"data"' is not assignable to type '`$${string}`'.
restSource({ name: 'orders', connection: 'shop', path: '/orders', rows: 'data' })
// @ts-expect-error Type '"slug"' is not assignable to type '"asset_id" | "day"'.
restSource({ name: 'orders', connection: 'shop', path: '/orders/{id}', ids: { from: plain, column: 'slug' } })
// @ts-expect-error lake.silver.plain does not hold bodies: a pull of an API lands its answers, declare bodies: json(...)
pull({ from: shop, into: plain })
// @ts-expect-error warehouse.public.coins is not in the lake: pull into the lake, and bring it over with load({ from, into })
pull({ from: shop, into: coins })
// @ts-expect-error Type 'string' is not assignable to type 'EnvValue'.
oauth({ tokenUrl: '/oauth/token', clientId: 'id', clientSecret: secret('SECRET') })

// --- quality
// @ts-expect-error Type 'NotNull<"price">' is not assignable to type 'CheckOf<
quality({ name: 'q1', on: assets, checks: [notNull('price')] })
// @ts-expect-error Type 'Matches<"price_usd">' is not assignable to type 'CheckOf<
quality({ name: 'q2', on: assets, checks: [matches('price_usd', '[0-9]+')] })
// @ts-expect-error Type 'Fresh<"asset_id">' is not assignable to type 'CheckOf<
quality({ name: 'q3', on: assets, checks: [freshness('asset_id', '1h')] })
// @ts-expect-error Type 'InOrder<"seen_at" | "seen_on">' is not assignable to type 'CheckOf<
quality({ name: 'q4', on: assets, checks: [inOrder('seen_at', 'seen_on')] })
// @ts-expect-error Type 'Graded<Within<"asset_id">>' is not assignable to type 'CheckOf<
quality({ name: 'q5', on: assets, checks: [graded(within('asset_id', { min: 0 }), { atMost: '1%' })] })
// @ts-expect-error Type '"1 percent"' is not assignable to type 'Tolerance'.
graded(notNull('asset_id'), { atMost: '1 percent' })
// @ts-expect-error Type 'Sql<"lake.silver.plain">' is not assignable to type 'Sql<never>'
quality({ name: 'q6', on: assets, checks: [notNull('asset_id')], where: sql`exists (select 1 from ${plain})` })
