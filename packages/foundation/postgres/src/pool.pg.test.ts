import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPool, type Pool } from './pool.ts'
import { withRetry } from './retry.ts'
import { type TestDatabase, testDatabase } from './testing/database.ts'
import { startPrivateServer } from './testing/server.ts'

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await testDatabase({
    migrations: [
      {
        id: '0001_account',
        up: 'create table account (id int primary key, amount int not null check (amount >= 0)); insert into account values (1, 100), (2, 100)',
      },
    ],
  })
  pool = openPool(database.url, { max: 4, applicationName: 'pool test' })
})

afterAll(async () => {
  await pool.end()
  await database.drop()
})

test('each type arrives as it was chosen', async () => {
  const [row] =
    await pool.query(`select 9007199254740991::int8 as safe, 9007199254740992::int8 as big, 1.10::numeric as money, date '2026-03-29' as day,
    timestamptz '2026-01-01 01:00+01' as at, timestamp '2026-01-01 00:00' as local, '{"a":[1]}'::jsonb as json, array[1,null]::int8[] as ids,
    array['1.0']::numeric[] as prices, array[timestamptz 'epoch', null] as times, array[date '2026-01-01'] as days, 1.5::float8 as f, true as t, null as n, '\\x00ff'::bytea as bytes`)
  expect(row).toEqual({
    safe: 9007199254740991,
    big: '9007199254740992',
    money: '1.10',
    day: '2026-03-29',
    at: Date.UTC(2026, 0, 1),
    local: '2026-01-01 00:00:00',
    json: { a: [1] },
    ids: [1, null],
    prices: ['1.0'],
    times: [0, null],
    days: ['2026-01-01'],
    f: 1.5,
    t: true,
    n: null,
    bytes: Buffer.from([0, 255]),
  })
})

test('instants are read right even where the role prints dates in another style and zone', async () => {
  const odd = openPool(`${database.url}?options=-c%20search_path%3Dpg_catalog`, { max: 1 })
  await pool.query(`alter database "${database.name}" set datestyle = 'SQL, DMY'`)
  await pool.query(`alter database "${database.name}" set timezone = 'Asia/Tokyo'`)
  const [row] = await odd.query(
    `select timestamptz 'epoch' as at, current_setting('search_path') as path, current_setting('application_name') as name`,
  )
  expect(row).toEqual({ at: 0, path: 'pg_catalog', name: 'sluice' })
  await odd.end()
})

test('a named statement is prepared once on a connection', async () => {
  await pool.withConnection(async (connection) => {
    const statement = { name: 'twice', text: 'select $1::int * 2 as twice' }
    expect(await connection.query(statement, [4])).toEqual([{ twice: 8 }])
    expect(await connection.query(statement, [5])).toEqual([{ twice: 10 }])
    expect(await connection.query(`select count(*)::int as n from pg_prepared_statements where name = 'twice'`)).toEqual([{ n: 1 }])
  })
})

test('of several statements in one text the last one answers', async () => {
  expect(await pool.query('select 1 as one; select 2 as two')).toEqual([{ two: 2 }])
})

test('a transaction that throws leaves nothing and its connection can be used on', async () => {
  const failing = pool.transaction(async (tx) => {
    expect(await tx.execute('update account set amount = amount + 1')).toBe(2)
    await tx.execute('update account set amount = -1 where id = 1')
  })
  await expect(failing).rejects.toMatchObject({
    code: 'postgres.failed',
    facts: { sqlstate: '23514', constraint: 'account_amount_check', table: 'account' },
  })
  expect(await pool.query('select amount from account order by id')).toEqual([{ amount: 100 }, { amount: 100 }])
  expect(
    await pool.query(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    ),
  ).toEqual([{ n: 0 }])
})

test('twenty transfers at once under serializable isolation all happen when retried', async () => {
  const transfer = (): Promise<number> =>
    pool.transaction(
      async (tx) => {
        const [row] = await tx.query<{ amount: number }>('select amount from account where id = 1')
        await tx.execute('update account set amount = $1 where id = 1', [(row?.amount ?? 0) - 1])
        return await tx.execute('update account set amount = amount + 1 where id = 2')
      },
      { isolation: 'serializable', retry: { attempts: 100 } },
    )
  await Promise.all(Array.from({ length: 20 }, transfer))
  expect(await pool.query('select amount from account order by id')).toEqual([{ amount: 80 }, { amount: 120 }])
})

test('a statement that is retried inside of a transaction that lost a deadlock has the whole transaction run again', async () => {
  await pool.query('create table pair (id int primary key, n int not null); insert into pair values (1, 0), (2, 0)')
  let met = 0
  let both = (): void => undefined
  const together = new Promise<void>((resolve) => {
    both = resolve
  })
  const add = (first: number, second: number): Promise<void> =>
    pool.transaction(
      async (tx) => {
        await tx.execute('update pair set n = n + 1 where id = $1', [first])
        if (++met === 2) both()
        await together
        await withRetry(() => tx.execute('update pair set n = n + 1 where id = $1', [second]))
      },
      { retry: { attempts: 5 } },
    )
  await Promise.all([add(1, 2), add(2, 1)])
  expect(await pool.query('select n from pair order by id')).toEqual([{ n: 2 }, { n: 2 }])
})

test('without retry the loser of a serialization conflict gets a retryable error', async () => {
  const read = 'select sum(amount) from account'
  const conflict = pool.transaction(
    async (tx) => {
      await tx.query(read)
      await pool.transaction(
        async (other) => {
          await other.query(read)
          await other.execute('update account set amount = amount where id = 2')
        },
        { isolation: 'serializable' },
      )
      await tx.execute('update account set amount = amount where id = 2')
    },
    { isolation: 'serializable' },
  )
  await expect(conflict).rejects.toMatchObject({ code: 'postgres.unavailable', facts: { sqlstate: '40001', retry: 'transaction' } })
})

test('a statement that runs too long is cancelled and not retried', async () => {
  const hasty = openPool(database.url, { max: 1, statementTimeoutMs: 30 })
  await expect(hasty.query('select pg_sleep(5)')).rejects.toMatchObject({ code: 'postgres.failed', facts: { sqlstate: '57014' } })
  await hasty.end()
})

test('a server that is not there is unavailable, and a URL that is none is told without its password', async () => {
  const nobody = openPool('postgres://u:p@127.0.0.1:1/x')
  await expect(nobody.query('select 1')).rejects.toMatchObject({ code: 'postgres.unavailable', facts: { systemCode: 'ECONNREFUSED' } })
  await nobody.end()
  expect(() => openPool('mysql://u:secret@h/x')).toThrow(
    expect.objectContaining({ code: 'config.invalid', message: expect.not.stringContaining('secret') }),
  )
})

test('a pool survives the death of the server, idle and checked out, and works again after its restart', async () => {
  const server = await startPrivateServer()
  const mine = openPool(server.url('postgres'), { max: 3 })
  try {
    await Promise.all([mine.query('select 1'), mine.query('select 1')])
    const held = mine.withConnection(async (connection) => {
      await server.kill()
      await connection.query('select 1')
    })
    await expect(held).rejects.toMatchObject({ code: 'postgres.unavailable', kind: 'retryable' })
    await expect(mine.query('select 1')).rejects.toMatchObject({ code: 'postgres.unavailable' })
    await server.restart()
    const again = withRetry(() => mine.query('select 1 as one'), { whenDisconnected: true })
    expect(await again).toEqual([{ one: 1 }])
  } finally {
    await mine.end()
    await server.drop()
  }
})

test('a statement waits for its turn at a connection for as long as it takes; what is limited is how long a connection may take to be made', async () => {
  const narrow = openPool(database.url, { max: 1, connectTimeoutMs: 2_000 })
  try {
    const [, second] = await Promise.all([narrow.query('select pg_sleep(3)'), narrow.query<{ n: number }>('select 1 as n')])
    expect(second).toEqual([{ n: 1 }])
  } finally {
    await narrow.end()
  }
  await using silent = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const unheard = openPool(`postgres://user:secret@127.0.0.1:${port}/x`, { connectTimeoutMs: 200 })
  await expect(unheard.query('select 1')).rejects.toMatchObject({ code: 'postgres.unavailable', kind: 'retryable' })
  await unheard.end()
})
