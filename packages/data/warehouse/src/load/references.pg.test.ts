import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataset, foreignKey, integer, text } from '@sluice/author'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkDrift, createTableSql, type Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'

const customers = dataset('public.customers', {
  on: 'warehouse',
  columns: { id: integer(), email: text({ notNull: true }) },
  key: ['id'],
  indexes: [{ unique: ['email'] }],
})
const orders = dataset('public.orders', {
  on: 'warehouse',
  columns: { no: integer(), email: text(), customer: integer() },
  key: ['no'],
  references: { email: [customers, 'email'] },
})
/** Declared beside the datasets: a load finds it in the database. */
const customerOfOrder = foreignKey({ from: orders, columns: ['customer'], to: customers })
const keys = [customerOfOrder]
const staff = dataset('public.staff', {
  on: 'warehouse',
  columns: { id: integer(), boss: integer() },
  key: ['id'],
  references: { boss: 'self' },
})
const columnsOf = { 'public.customers': ['id', 'email'], 'public.orders': ['no', 'email', 'customer'], 'public.staff': ['id', 'boss'] }

let demo: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  demo = await testWarehouse()
  warehouse = demo.warehouse
})
beforeEach(async () => {
  await warehouse.pool.query('drop table if exists orders, staff, customers')
  await warehouse.pool.query('truncate sluice_loads, sluice_quarantine, sluice_waiting')
  for (const statement of [customers, orders, staff].flatMap((each) => createTableSql(each, keys))) await warehouse.pool.query(statement)
})
afterAll(() => demo.close())

const load = (into: typeof customers | typeof orders | typeof staff, batch: string, content: string, generation = 0) =>
  warehouse.loadBatch({
    write: {
      project: 'demo',
      pipeline: 'p',
      task: 't',
      run: 'r',
      attempt: 1,
      dataset: `demo:warehouse.${into.name}`,
      batch,
      generation,
      logicalTime: 0,
      inputs: [],
    },
    table: into,
    mode: 'append',
    columns: columnsOf[into.name as keyof typeof columnsOf],
    source: (async function* () {
      yield content
    })(),
  })
const refused = async () => (await warehouse.quarantine()).map(({ rowNumber, rule }) => `${rowNumber} ${rule}`)
const rows = (sql: string) => warehouse.pool.query(sql)

test('a load of a file that is chosen as the victim of a deadlock is tried again', async () => {
  await load(customers, 'c', '1,a@x\n')
  const folder = await mkdtemp(join(tmpdir(), 'deadlock '))
  const source = join(folder, 'orders.csv')
  await writeFile(source, '1,a@x,1\n')
  const write = { project: 'demo', pipeline: 'p', task: 't', run: 'r', attempt: 1, batch: 'o', generation: 0, logicalTime: 0, inputs: [] }
  const loaded = warehouse.pool.transaction(async (person) => {
    await person.query('lock table customers in access exclusive mode')
    const loading = warehouse.loadBatch({
      write: { ...write, dataset: 'demo:warehouse.public.orders' },
      table: orders,
      mode: 'append',
      columns: columnsOf['public.orders'],
      source,
    })
    const waits = "select 1 from pg_locks where not granted and relation = 'customers'::regclass"
    await expect.poll(() => rows(waits), { timeout: 600_000 }).toHaveLength(1)
    // The load has waited longer, so it is the one that looks for a deadlock first.
    await person.query('lock table orders in access exclusive mode')
    return { loading }
  })
  try {
    expect(await (await loaded).loading).toMatchObject({ rowsWritten: 1 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('foreign keys are created without drift, and one that is missing or more is drift', async () => {
  expect(await checkDrift(warehouse.pool, [customers, orders, staff], keys)).toEqual([])
  await rows('alter table orders drop constraint orders_customer_fkey, add foreign key (no) references customers (id)')
  expect(await checkDrift(warehouse.pool, [orders], keys)).toEqual([
    'foreign key (customer) to public.customers (id) on public.orders is declared and not in the database',
    'foreign key (no) to public.customers (id), not deferrable, on public.orders is in the database and not declared',
  ])
})

test('a row that refers to nothing is quarantined, a row that does not refer is written', async () => {
  await load(customers, 'c', '1,a@x\n2,b@x\n')
  expect(await load(orders, 'o', '1,a@x,1\n2,c@x,1\n3,a@x,9\n4,,\n')).toMatchObject({
    rowsWritten: 2,
    rowsQuarantined: 2,
    brokenRules: { 'orphan(customer)': 1, 'orphan(email)': 1 },
  })
  expect(await refused()).toEqual(['2 orphan(email)', '3 orphan(customer)'])
})

test('a row may refer to a row of its own batch, in whatever order, and a refused row makes orphans of those below it', async () => {
  expect(await load(staff, 's', '3,2\n2,1\n1,\n4,4\n5,6\n6,x\n7,5\n8,3\n8,1\n')).toMatchObject({ rowsWritten: 5, rowsQuarantined: 4 })
  expect((await refused()).sort()).toEqual(['5 orphan(boss)', '6 type(boss)', '7 orphan(boss)', '9 unique(id)'])
  expect(await load(staff, 't', '9,8\n10,11\n')).toMatchObject({ rowsWritten: 1, rowsQuarantined: 1 })
})

test('a raised generation replaces rows that others refer to', async () => {
  await load(customers, 'c', '1,a@x\n2,b@x\n')
  await load(orders, 'o', '1,a@x,1\n')
  expect(await load(customers, 'c', '1,a@x\n3,c@x\n', 1)).toMatchObject({ rowsWritten: 2 })
  expect(await rows('select id from customers order by id')).toEqual([{ id: 1 }, { id: 3 }])
})

test('a raised generation that would leave orphans behind is refused as a whole', async () => {
  await load(customers, 'c', '1,a@x\n2,b@x\n')
  await load(orders, 'o', '1,a@x,1\n')
  await expect(load(customers, 'c', '2,b@x\n', 1)).rejects.toMatchObject({ code: 'warehouse.failed', facts: { sqlstate: '23503' } })
  expect(await rows('select id from customers order by id')).toEqual([{ id: 1 }, { id: 2 }])
})

test('a large append looks for orphans itself: no key is dropped, and none is broken, also by a parent that goes meanwhile', async () => {
  await load(customers, 'c', '1,a@x\n2,b@x\n')
  const lines = Array.from({ length: 12_000 }, (_, place) => `${place},a@x,${place === 100 ? 3 : 1}\n`).join('')
  const constraints = "select oid::text, convalidated from pg_constraint where conrelid = 'orders'::regclass order by 1"
  const before = await rows(constraints)
  expect(await load(orders, 'o', lines)).toMatchObject({ rowsWritten: 11_999, rowsQuarantined: 1 })
  expect(await rows(constraints)).toEqual(before)
  expect(await refused()).toEqual(['101 orphan(customer)'])
  await expect(rows('delete from customers where id = 1')).rejects.toMatchObject({ facts: { sqlstate: '23503' } })
  const [removed, loaded] = await Promise.allSettled([
    rows('delete from customers where id = 2'),
    load(orders, 'p', lines.replaceAll(',a@x,1', ',b@x,2').replaceAll(/^/gm, '9')),
  ])
  expect([removed.status, loaded.status]).toContain('fulfilled')
  expect(
    await rows('select count(*)::integer as n from orders o where not exists (select from customers c where c.id = o.customer)'),
  ).toEqual([{ n: 0 }])
})

test.each([
  ['is not valid yet', 'add constraint theirs foreign key (customer) references customers (id) not valid', '100,a@x,3'],
  ['matches in full', 'add constraint theirs foreign key (email, customer) references customers (email, id) match full', '100,,1'],
])('a foreign key that %s is checked in a large load, too', async (_, key, orphan) => {
  await load(customers, 'c', '1,a@x\n2,b@x\n')
  await rows('alter table customers add unique (email, id)')
  await rows(`alter table orders drop constraint orders_customer_fkey, ${key}`)
  const lines = Array.from({ length: 12_000 }, (_, place) => (place === 100 ? orphan : `${place},a@x,1`))
  expect(await load(orders, 'o', `${lines.join('\n')}\n`)).toMatchObject({ rowsWritten: 11_999, rowsQuarantined: 1 })
  expect(await refused()).toEqual(['101 constraint(theirs)'])
})

test('where it may not do without triggers, a large load suspends the foreign keys and puts them back as they were, checked', async () => {
  await load(customers, 'c', '1,a@x\n2,b@x\n')
  await rows("create or replace function same() returns trigger language plpgsql as 'begin return new; end'")
  await rows('create trigger theirs before update on orders for each row execute function same()')
  const before = await rows("select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'orders'::regclass order by 1")
  const lines = Array.from({ length: 12_000 }, (_, place) => `${place},${place % 2 === 0 ? 'a' : 'b'}@x,${place === 100 ? 3 : 1}\n`).join(
    '',
  )
  const oid = async () => (await rows("select oid::text from pg_constraint where conname = 'orders_customer_fkey'"))[0]?.oid
  const first = await oid()
  expect(await load(orders, 'o', lines)).toMatchObject({ rowsWritten: 11_999, rowsQuarantined: 1 })
  expect(await oid()).not.toBe(first)
  expect(await rows("select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'orders'::regclass order by 1")).toEqual(
    before,
  )
  expect(await load(orders, 'o', lines, 1)).toMatchObject({ rowsWritten: 11_999 })
  await expect(rows("insert into orders values (-1, 'nobody', 1, 1)")).rejects.toMatchObject({ facts: { sqlstate: '23503' } })
  await rows('drop trigger theirs on orders')
  expect(await checkDrift(warehouse.pool, [orders], keys)).toEqual([])
})

test('a foreign key with more columns on one side than on the other is refused', () => {
  const uneven = { from: orders.id, columns: ['customer'], to: customers.id, on: ['id', 'email'] }
  expect(() => createTableSql(orders, [uneven])).toThrow('(customer) cannot refer to warehouse.public.customers (id, email)')
})

test('an orphan comes back by itself once the row that it refers to is there, as a row of its own load', async () => {
  await load(customers, 'c1', '1,a@x\n')
  const first = await load(orders, 'o1', '1,a@x,1\n2,b@x,2\n3,c@x,3\n4,x,1\n')
  expect(first).toMatchObject({ rowsIn: 4, rowsWritten: 1, rowsQuarantined: 3 })
  const back = '1 rows of demo:warehouse.public.orders came back: what they refer to is there now'
  expect(await load(customers, 'c2', '2,b@x\n')).toMatchObject({ rowsIn: 1, rowsWritten: 1, reason: back })
  expect(await warehouse.receipts({ batch: 'c2' })).toMatchObject([{ reason: back }])
  await load(orders, 'o2', '5,a@x,1\n')
  expect(await rows('select no, email, customer, batch from orders join sluice_loads l on l.id = _load_id order by no')).toEqual([
    { no: 1, email: 'a@x', customer: 1, batch: 'o1' },
    { no: 2, email: 'b@x', customer: 2, batch: 'o1' },
    { no: 5, email: 'a@x', customer: 1, batch: 'o2' },
  ])
  expect(await refused()).toEqual(['3 orphan(customer)', '4 orphan(email)'])
  expect(
    (await warehouse.receipts({ batch: 'o1' })).map(({ rowsIn, rowsWritten, rowsQuarantined }) => [rowsIn, rowsWritten, rowsQuarantined]),
  ).toEqual([[4, 2, 2]])
  await load(orders, 'o1', '1,a@x,1\n', 1)
  await load(customers, 'c3', '3,c@x\n')
  await load(orders, 'o3', '')
  expect(await rows('select no from orders order by no')).toEqual([{ no: 1 }, { no: 5 }])
})

test('rows of one table that wait for each other come back in their turn', async () => {
  await load(staff, 's1', '3,2\n4,3\n9,8\n')
  expect((await refused()).toSorted()).toEqual(['1 orphan(boss)', '2 orphan(boss)', '3 orphan(boss)'])
  await load(staff, 's2', '2,\n')
  expect(await rows('select id from staff order by id')).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }])
  expect(await refused()).toEqual(['3 orphan(boss)'])
})

test('whoever was killed behind the load of the parent brings the orphans back with the answer to its batch', async () => {
  await load(orders, 'o1', '1,,2\n')
  await load(customers, 'c2', '')
  // As the load of the batch has left it, had it been killed behind its commit.
  await rows("insert into customers (id, email, _load_id) select 2, 'b@x', id from sluice_loads where batch = 'c2'")
  expect(await load(customers, 'c2', '')).toMatchObject({
    replayed: true,
    reason: expect.stringContaining('1 rows of demo:warehouse.public.orders'),
  })
  expect(await rows('select no from orders')).toEqual([{ no: 1 }])
  expect(await load(customers, 'c2', '')).toMatchObject({ replayed: true, rowsWritten: 0 })
  expect(await rows('select 1 from sluice_waiting')).toEqual([])
})

test('rows that came back bring back those that wait for them, in whatever table', async () => {
  const lines = dataset('public.lines', {
    on: 'warehouse',
    columns: { id: integer(), no: integer() },
    key: ['id'],
    references: { no: orders },
  })
  for (const statement of createTableSql(lines)) await rows(statement)
  try {
    const write = { project: 'demo', pipeline: 'p', task: 't', run: 'r', attempt: 1, batch: 'l', generation: 0, logicalTime: 0, inputs: [] }
    await warehouse.loadBatch({
      write: { ...write, dataset: 'demo:warehouse.public.lines' },
      table: lines,
      mode: 'append',
      columns: ['id', 'no'],
      source: (async function* () {
        yield '7,1\n8,9\n'
      })(),
    })
    await load(orders, 'o1', '1,,2\n')
    expect(await load(customers, 'c2', '2,b@x\n')).toMatchObject({
      reason: expect.stringMatching(/public\.orders came back.*1 rows of demo:warehouse\.public\.lines came back/),
    })
    expect(await rows('select id from lines')).toEqual([{ id: 7 }])
    expect(await refused()).toEqual(['2 orphan(no)'])
  } finally {
    await rows('drop table lines')
  }
})

test('a table that waits and is gone does not fail the load of its parent, which tells of it', async () => {
  await load(orders, 'o1', '1,,2\n')
  await rows('drop table orders')
  expect(await load(customers, 'c2', '2,b@x\n')).toMatchObject({
    rowsWritten: 1,
    reason: expect.stringContaining('come back with its own next load'),
  })
})
