import { expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { testDatabase } from './database.ts'

const migrations = [
  { id: '0001_things', up: 'create table thing (id int primary key); insert into thing values (1)', down: 'drop table thing' },
]

test('a test database has the migrations applied and sees nothing of another one', async () => {
  await using one = await testDatabase({ migrations })
  await using two = await testDatabase({ migrations })
  await withSession(one.url, async (session) => {
    await session.execute('insert into thing values (2)')
    expect(await session.query('select id from thing order by id')).toEqual([{ id: 1 }, { id: 2 }])
  })
  await withSession(two.url, async (session) => expect(await session.query('select id from thing')).toEqual([{ id: 1 }]))
})

test('ten clones are made at once while one template is built', async () => {
  const own = [{ id: '0001_wide', up: 'create table wide (a int)' }]
  const clones = await Promise.all(Array.from({ length: 10 }, () => testDatabase({ migrations: own })))
  expect(new Set(clones.map(({ name }) => name)).size).toBe(10)
  for (const clone of clones) {
    await withSession(clone.url, async (session) => expect(await session.query('select * from wide')).toEqual([]))
    await clone.drop()
  }
})
