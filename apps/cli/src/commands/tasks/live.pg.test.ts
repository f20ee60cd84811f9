import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk, type StayingCommand } from '../../testing/platform-on-disk.ts'
import { shop } from '../../testing/shop.ts'

/** The source counts how often it is asked. */
const orders = (folder: string, price: string): string => `import { appendFileSync, writeFileSync } from 'node:fs'
import { check, dataset, decimal, email, json, load, model, pipeline, sql, task, text, within } from 'sluice'
const folder = ${JSON.stringify(folder)}
const columns = { id: text({ notNull: true }), price: decimal(10, 2, { notNull: true }) }
const answers = dataset('bronze.orders', { on: 'lake', bodies: json('$[*]', columns) })
const orders = dataset('silver.orders', { on: 'lake', columns, checks: [within('price', { min: 0 })], quarantine: { warn: 1, fail: 1 } })
const sold = dataset('public.orders', { on: 'warehouse', columns, key: ['id'] })
async function* ask() {
  appendFileSync(folder + '/asked', 'x')
  yield { source: 'shop', request: 'GET /orders', receivedAt: 0, body: '[{"id":"a","price":"1.50"},{"id":"b","price":"2.00"},{"id":"c","price":"-1"}]' }
}
const land = task({ name: 'land', fills: [answers], run: async (_, { lake }) => ({ rows: (await lake.land(answers, ask())).rows }) })
const clean = model({ into: orders, from: { answers }, refresh: 'batch', query: ({ answers }) => sql\`select id, ${price} as price from \${answers.batch}\` })
const loaded = load({ from: orders, into: sold, mode: 'upsert' })
const enough = check({ name: 'enough', on: sold, rule: sql\`select count(*) = 2 as ok, count(*) as orders from \${sold}\`, message: 'only {orders} orders' })
const tell = task({ name: 'tell', needs: { land }, run: async ({ land }, { notify, run, interval }) => {
  await notify.send({ key: 'told', to: [email('ops@example.org')], subject: land.rows + ' bodies of ' + run.id, text: 'sold' })
  return { end: interval.end }
} })
const spoils = task({ name: 'spoils', run: () => writeFileSync(folder + '/.sluice/lake/shop/silver/orders/planted', '') })
export default pipeline({ name: 'orders', steps: [land, clean, loaded, enough, tell, ...(${price.includes('2')} ? [spoils] : [])] })
`

let platform: PlatformOnDisk
let server: StayingCommand
let run: string
beforeAll(async () => {
  platform = await platformOnDisk({
    ...shop,
    'projects/shop/migrations/0001_orders.up.sql': `create table public.orders (
  id text not null, price numeric(10,2) not null, _load_id bigint not null, primary key (id)
);
create index on public.orders using brin (_load_id) with (autosummarize = on);
`,
    'projects/shop/migrations/0001_orders.down.sql': 'drop table public.orders;\n',
  })
  await platform.write('projects/shop/pipelines/orders.ts', orders(platform.root, 'price'))
  const left = join(platform.stateDir, 'tmp', 'live', '999999999.1-00000000-0000-4000-8000-000000000000')
  mkdirSync(left, { recursive: true })
  writeFileSync(join(left, 'left'), '')
  server = await platform.stay('http://', 'start')
  const { status, stderr } = platform.sluice('pipelines', 'trigger', 'orders', '--wait')
  expect(status, stderr).toBe(0)
  run = (answer('runs', 'list', 'orders', '--json') as { id: string }[])[0]?.id ?? ''
  // From here on the files say something else than the run did.
  await platform.write('projects/shop/pipelines/orders.ts', orders(platform.root, 'price * 2'))
})
afterAll(async () => await platform[Symbol.asyncDispose]())

function answer(...args: readonly string[]): unknown {
  const { stdout, stderr } = platform.sluice(...args)
  return JSON.parse(stdout === '' ? `{"stderr":${JSON.stringify(stderr)}}` : stdout)
}

/** Every file of the lake with its bytes. */
function lakeFiles(): readonly string[] {
  const lake = join(platform.stateDir, 'lake')
  const paths = readdirSync(lake, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return paths.map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`).sort()
}

const inWarehouse = `select (select json_agg(o order by o.id) from public.orders o) as orders, (select json_agg(l) from sluice_loads l) as loads,
  (select count(*) from sluice_outbox) as mails, (select count(*) from sluice_quarantine) as quarantine`

/** The lake, the ledger, the rows of the warehouse with its outbox, and how often the source was asked. */
const everything = () => ({
  files: lakeFiles(),
  ledger: answer('ledger', 'list', '--json'),
  warehouse: answer('warehouse', 'sql', 'shop', inWarehouse, '--json'),
  asked: readFileSync(join(platform.root, 'asked'), 'utf8').length,
})

const live = (task: string, ...more: readonly string[]) => {
  const { status, stdout, stderr } = platform.sluice('tasks', 'test', 'orders', task, '--live', '--json', ...more)
  return { status, stderr, told: stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>) }
}

const doubled = {
  state: 'success',
  receipts: [{ dataset: 'shop:lake.silver.orders', generation: 2, rowsWritten: 2, rowsQuarantined: 1, replayed: false }],
  firstRows: [
    {
      dataset: 'shop:lake.silver.orders',
      columns: [{ name: 'id' }, { name: 'price' }],
      rows: [
        ['a', '3.00'],
        ['b', '4.00'],
      ],
    },
  ],
}

test('a copy that a killed process left is taken away by a start', () => {
  expect(readdirSync(join(platform.stateDir, 'tmp', 'live'))).toEqual([])
})

test('beside a server a task runs on the live data as it is written now, and leaves lake, ledger and warehouse as they were', () => {
  const before = everything()
  expect(before).toMatchObject({ ledger: [{}, {}, {}], warehouse: [{ orders: [{ id: 'a' }, { id: 'b' }] }], asked: 1 })

  const model = live('silver.orders')
  expect(model.told, model.stderr).toMatchObject({ run, ...doubled })
  expect(model.stderr).toMatch(/silver\.orders 2 rows, 1 left out \(within\(price\) 1\)/)

  const land = live('land')
  expect(land.told, land.stderr).toMatchObject({ state: 'success', output: { rows: 1 }, receipts: [{ replayed: true }], firstRows: [] })

  const check = live('enough')
  expect(check.told, check.stderr).toMatchObject({ state: 'success', output: { ok: true, orders: 2 } })

  const tell = live('tell', '--run', run)
  expect(tell.told, tell.stderr).toMatchObject({ state: 'success' })
  expect(tell.stderr).toContain(`would send "1 bodies of ${run}" to ops@example.org`)

  const shown = platform.sluice('tasks', 'test', 'orders', 'silver.orders', '--live')
  expect(shown.stdout).toMatch(/silver\.orders: success[\s\S]*first rows:\nid +price\na +3\.00\nb +4\.00/i)

  expect(everything()).toEqual(before)
  expect(readdirSync(join(platform.stateDir, 'tmp', 'live'))).toEqual([])
})

test('what would write the warehouse is refused before anything runs, and so is what does not fit together', () => {
  const load = live('load_orders')
  expect(load.status).not.toBe(0)
  expect(load.stderr).toMatch(/writes the warehouse \(warehouse\.public\.orders\)[\s\S]*Leave out --live/)
  const unknown = live('land', '--run', 'zzzzzzzzzzzz')
  expect(unknown.status).not.toBe(0)
  expect(unknown.stderr).toContain('zzzzzzzzzzzz')
  const dated = platform.sluice('tasks', 'test', 'orders', 'land', '2026-11-20', '--live')
  expect(dated.stderr).toContain('leave out the date')
  const none = platform.sluice('tasks', 'test', 'sales', 'report', '--live')
  expect(none.stderr).toMatch(/sales has no run that succeeded[\s\S]*sluice pipelines trigger sales --wait/)
})

test('a task that writes into the live lake past its context is found by the comparison', () => {
  const before = lakeFiles()
  expect(live('spoils').told).toMatchObject({ state: 'success' })
  expect(lakeFiles()).not.toEqual(before)
})

test('without a server it is the same', async () => {
  await server.end('SIGTERM')
  const before = everything()
  const model = live('silver.orders')
  expect(model.told, model.stderr).toMatchObject({ run, ...doubled })
  expect(everything()).toEqual(before)
})
