import { afterEach, expect, test } from 'vitest'
import { withSession } from './connection.ts'
import { type Listener, listen, type Notification } from './listen.ts'
import { testDatabase } from './testing/database.ts'
import { startPrivateServer } from './testing/server.ts'

const open: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** What a callback is called with, one promise after the other. */
function inbox<T>(): { put: (value: T) => void; next: () => Promise<T> } {
  const values: T[] = []
  const waiting: Array<(value: T) => void> = []
  return {
    put: (value) => {
      const resolve = waiting.shift()
      if (resolve === undefined) values.push(value)
      else resolve(value)
    },
    next: () => {
      const value = values.shift()
      return value === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(value)
    },
  }
}

const notify = (url: string, channel: string, payload: string): Promise<unknown> =>
  withSession(url, (session) => session.query('select pg_notify($1, $2)', [channel, payload]))

async function listening(
  url: string,
  channels: string[],
  put: (notification: Notification) => void,
  more: Parameters<typeof listen>[3] = {},
): Promise<Listener> {
  const listener = await listen(url, channels, put, more)
  open.push(() => listener.close())
  return listener
}

test('notifications of all its channels arrive, of other channels not', async () => {
  const database = await testDatabase()
  open.push(() => database.drop())
  const { put, next } = inbox<Notification>()
  await listening(database.url, ['tasks', 'Odd "name"'], put)
  await notify(database.url, 'other', 'no')
  await notify(database.url, 'tasks', 'one')
  await notify(database.url, 'Odd "name"', '')
  expect(await next()).toEqual({ channel: 'tasks', payload: 'one' })
  expect(await next()).toEqual({ channel: 'Odd "name"', payload: '' })
})

test('after the server was killed and came back it listens again and says so, so that the gap can be polled', async () => {
  const server = await startPrivateServer()
  open.push(() => server.drop())
  const { put, next } = inbox<Notification>()
  const back = inbox<string>()
  const url = server.url('postgres')
  await listening(url, ['tasks'], put, { onLost: () => back.put('lost'), onReconnect: () => back.put('back'), pauseMs: 5 })
  await server.kill()
  expect(await back.next()).toBe('lost')
  await server.restart()
  expect(await back.next()).toBe('back')
  await notify(url, 'tasks', 'after')
  expect(await next()).toEqual({ channel: 'tasks', payload: 'after' })
})

test('closing while the server is away ends the attempts', async () => {
  const server = await startPrivateServer()
  open.push(() => server.drop())
  const lost = inbox<string>()
  const listener = await listening(server.url('postgres'), ['tasks'], () => undefined, { onLost: () => lost.put('lost'), pauseMs: 60_000 })
  await server.kill()
  await lost.next()
  await listener.close()
})

test('the first connection must succeed', async () => {
  await expect(listen('postgres://u:p@127.0.0.1:1/x', ['tasks'], () => undefined)).rejects.toMatchObject({ code: 'postgres.unavailable' })
})
