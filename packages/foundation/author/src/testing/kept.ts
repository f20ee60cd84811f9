/** Lines that must compile, so that the refusals refuse for their own reason; and that no line here needs an annotation or a cast. */

import { cron } from '@sluice/core'
import { type AnyDataset, bigint, type Columns, chains, check, csv, dataset, date, decimal, double, email, emails, excel, fileSource, foreignKey, given, group, identity, instant, integer, json, jsonb, load, model, pick, pipeline, pool, pull, type RowOf, raw, retain, reveal, type Sql, sql, sqlSource, text, texts, timestamp, unique, within } from '../index.ts'
import { type Context, type StoresContext, sensor, task } from './context.ts'

const bodies = dataset('bronze.assets', { on: 'lake', keep: '30d', bodies: json('$.data[*]', { id: text(), priceUsd: text({ at: '$.quote.USD.price' }) }, { timestamp: bigint({ at: '$.status."at time"' }) }), order: 'ingested_at' })
const raws = dataset('bronze.texts', { on: 'lake', bodies: raw() })
const assets = dataset('silver.assets', {
  on: 'lake', owner: 'data-team', keep: '90d', fresh: '45m',
  columns: { asset_id: text({ notNull: true }), price_usd: decimal(38, 18), seen_at: timestamp({ notNull: true }), seen_on: date(), ratio: double(), more: jsonb() },
  key: ['asset_id', 'seen_at'], order: 'seen_at', checks: [within('price_usd', { min: 0 }), within('seen_on', { min: '2020-01-01' }), unique('asset_id')],
})
const coins = dataset('public.coins', { on: 'warehouse', columns: { coin: text({ max: 100, notNull: true }), rank: integer(), twin: text() }, key: ['coin'], references: { twin: 'self' } })
const prices = dataset('public.prices', {
  on: 'warehouse', keep: '7d',
  columns: { id: identity(), coin: text({ max: 100, notNull: true }), prix: decimal(38, 18, { notNull: true }), rang: integer(), le: timestamp(), kind: text({ oneOf: ['up', 'down'] }), net: decimal(38, 18, { generated: 'prix * 2' }), made: timestamp({ notNull: true, default: 'now()' }) },
  key: ['id'], order: 'le', references: { coin: coins, rang: [coins, 'rank'] }, indexes: ['rang', ['coin', 'rang'], { unique: ['coin', 'le'] }],
})
const daily = dataset('public.daily', { on: 'warehouse', columns: { coin: text({ notNull: true }), day: date({ notNull: true }) }, key: ['coin', 'day'] })
const report = dataset('gold.report', { on: 'lake', files: 'text/plain' })
const archive = dataset('gold.assets', { on: 'lake', files: 'parquet' })
const people = dataset('public.people', { on: 'warehouse', columns: { email: text({ personal: true, notNull: true }) } })
const employees = dataset('silver.people', { on: 'lake', columns: { email: text({ personal: true }), age: integer() } })
export const key = foreignKey({ from: daily, columns: ['coin'], to: coins })
export const twoColumns = foreignKey({ from: dataset('public.fact', { on: 'warehouse', columns: { c: text(), d: date() } }), columns: ['c', 'd'], to: daily })

const inbox = fileSource({ folder: 'inbox/plain', pattern: '**/*.{csv,tsv}', format: csv({ delimiter: ';' }), by: 'modified', vanished: 'delete', drift: { new: 'add', retyped: 'ignore' } })
export const books = fileSource({ name: 'books', folder: { lake: 'inbox' }, format: excel({ sheet: 2 }), ready: { marker: '*.done' }, drift: 'add' })
export const pulled = pull({ from: inbox, into: assets, columns: { asset_id: 'Asset ID' }, retry: { attempts: 2 } })
const rows = sqlSource({ connection: 'shop', table: 'sales.orders', mode: 'full', limits: { statement: '10m', lock: '5s' }, drift: 'ignore' })
const changed = sqlSource({ name: 'changed', connection: 'shop', query: 'select * from orders', mode: { incremental: 'updated_at', overlap: '1h' } })
export const whole = pull({ from: rows, into: employees })
export const ofChanged = pull({ from: changed, into: assets })
export const rowsOfPull = task({ name: 'rows_of_pull', needs: { pulled }, run: ({ pulled }) => pulled.rowsWritten })
const counted = task({ name: 'count', run: () => ({ rows: 3, ids: ['a'] }) })
const silent = task({ name: 'silent', in: group('quiet', { timeout: '1m' }), pool: pool('slow', 2), run: () => {} })
const cleaned = model({ into: assets, from: { bodies }, refresh: 'batch', query: ({ bodies }, { interval }) => sql`select id as asset_id, ${interval.end} as seen_at from ${bodies.batch}` })
export const fromText = model({ name: 'silver.assets_from_text', into: assets, from: { raws }, refresh: 'full', query: ({ raws }) => sql`select payload from ${raws}` })
const loaded = load({ from: assets, into: prices, mode: 'append', columns: { coin: 'asset_id', prix: 'price_usd', le: 'seen_at' } })
export const staff = load({ from: employees, into: people, mode: 'append', columns: { email: 'email' } })
export const selfRead = model({ into: daily, from: { prices }, refresh: 'key', query: ({ prices }, { interval }) => sql`select coin, ${interval.start}::date as day from ${prices.since('3d')} where coin not in (select coin from ${daily}) and le < ${instant(0)}` })
export const reported = task({ name: 'report', needs: { counted, loaded }, reads: [prices], fills: [report], run: async ({ counted, loaded }, { lake, warehouse, log }) => {
  const [row] = await warehouse.rows(pick(prices, 'rang', 'kind'), sql`select rang, kind from ${prices.latest}`)
  const up: 'up' | 'down' | null | undefined = row?.kind
  log.info(`${counted.ids.join()} ${loaded.rows} ${up ?? ''}`)
  return await lake.put(report, String((row?.rang ?? 0) + 1))
} })
export const always = task({ name: 'always', needs: { counted }, rule: 'all_done', run: ({ counted }) => counted?.rows ?? 0 })
export const landed = task({ name: 'land', fills: [bodies], run: (_, context) => context.lake.land(bodies, pages(context)) })
async function* pages({ http, params }: Context) { yield await http.get(String(params.url)) }
export const helped = task({ name: 'helped', reads: [prices], run: async (_, { warehouse }) => (await warehouse.rows({ n: integer({ notNull: true }) }, newest(7))).map(({ n }) => n + 1) })
const newest = (rank: number) => sql`select count(*)::integer as n from ${prices.latest} where rang <= ${rank}`
export const there = sensor({ name: 'there', every: '30s', timeout: '1h', reads: [prices], poll: async (_, { warehouse }) => (await warehouse.rows({ le: timestamp() }, sql`select max(le) as le from ${prices}`))[0] ?? false })
export const written = task({ name: 'written', needs: { there }, run: ({ there }) => (there.le ?? 0) + 1 })
interface Summary { readonly total: number; readonly note?: string; readonly parts: readonly { readonly id: number }[] }
export const interfaceOutput = task({ name: 'interface_output', run: (): Summary => ({ total: 1, parts: [] }) })
export const exported = task({ name: 'exported', reads: [assets, archive], run: (_, { lake }) => lake.rows({ n: bigint() }, sql`select count(*) as n from ${archive}, ${assets}`) })
const enough = check({ name: 'enough', on: prices, rule: sql`select count(*) > 0 from ${prices}`, message: 'none' })
export const told = task({ name: 'told', needs: { enough }, run: ({ enough: { ok, top } }) => ({ ok, top }) })
export const both = check({ name: 'both', on: [prices, daily], reads: [coins], rule: ({ interval }) => sql`select true from ${prices.batch}, ${daily}, ${coins} where le = ${interval.end}`, message: '{n} rows', next: 'Look.', otherwise: 'warn' })
const swept = retain({ name: 'swept', on: prices })
export const p = pipeline({ name: 'p', schedule: cron('@daily'), notify: { failure: [email('ops')] }, defaults: { retry: { attempts: 3, delay: '2s' }, pool: pool('all', 3) }, steps: [[cleaned, [loaded]], counted, enough, swept], order: [[counted, cleaned], swept, loaded] })
export const q = pipeline({ name: 'q', steps: [loaded, counted, silent, swept], order: chains([swept, loaded], [[counted], silent]) })
export const example = given(cleaned, { bodies: [{ id: 'btc', priceUsd: '1' }] }, { at: 0, expect: [{ asset_id: 'btc', price_usd: null }] })
/** A factory is a function; its names stay typed. */
const dimension = <const N extends string, const C extends Columns>(name: N, columns: C) => dataset(`dw.dim_${name}`, { on: 'warehouse', columns: { sk: identity(), code: text({ notNull: true }), ...columns }, key: ['sk'], indexes: [{ unique: ['code'] }] })
const land = dimension('land', { capital: text() })
export const city = dataset('dw.city', { on: 'warehouse', columns: { land: bigint() }, references: { land } })
export const capital: RowOf<typeof land>['capital'] = null
export const initials = (row: RowOf<typeof people>): string => reveal(row.email).slice(0, 1)
export const any: readonly AnyDataset[] = [bodies, assets, prices, report, people, land]
export const statement: Sql<'warehouse.public.prices' | 'warehouse.public.coins'> = sql.join([sql`select coin from ${prices}`, sql`select coin from ${coins}`], 'union all')
export const tested = (context: StoresContext) => [counted.run({}, context), helped.run({}, context), there.poll({}, context)]
const listed = dataset('bronze.listed', { on: 'lake', bodies: json('$[*]', texts('id', 'rank')) })
export const rank: RowOf<typeof listed>['rank'] = null
export const mailed = pipeline({ name: 'mailed', steps: [counted], notify: { failure: emails('ops, ada@example.org') } })
