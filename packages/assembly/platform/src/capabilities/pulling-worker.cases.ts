/**
 * A process that pulls all orders of a shop as one worker does, with calls and tokens in the metadata database, and prints how many came.
 * `killed` says where it kills itself: behind the answer of the token service and before the new token is kept, or right behind that.
 */
import { type Connection, restSource } from '@sluice/author'
import { createHttpClient } from '@sluice/sources'
import { restPages } from '@sluice/sources/rest'
import { type SharedCalls, sharedCalls } from './shared-calls.ts'

export interface Orders {
  readonly databaseUrl: string
  readonly connection: Connection
  readonly killed?: 'before it is kept' | 'once it is kept'
}

const source = restSource({
  ...{ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]' },
  pages: { by: 'offset', size: { param: 'limit', rows: 20 }, total: '$.total' },
})

const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

const killing = ({ lasts, alone }: SharedCalls['tokens'], moment: Orders['killed']): SharedCalls['tokens'] => ({
  lasts,
  alone: (name, work) =>
    alone(name, (kept, keep) =>
      work(kept, async (sealed) => {
        if (moment === 'before it is kept') await die()
        await keep(sealed)
        if (moment === 'once it is kept') await die()
      }),
    ),
})

const [, script, told = ''] = process.argv
if (script === import.meta.filename) {
  const { databaseUrl, connection, killed } = JSON.parse(told) as Orders
  const shared = sharedCalls({ project: 'shop', databaseUrl })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const http = createHttpClient({
    log,
    calls: shared.calls,
    tokens: killing(shared.tokens, killed),
    maxWaitMs: 600_000,
    timeoutMs: 600_000,
  })
  const pulled = restPages({ source, connection, http, log, interval: { start: 0, end: 1 }, pause: async () => undefined })
  try {
    for await (const { body } of pulled.pages) if (typeof body !== 'string') for await (const _ of body);
    process.stdout.write(String(pulled.told().rows))
  } catch (thrown) {
    const { code, message, next } = thrown as { readonly code?: string; readonly message: string; readonly next?: string }
    process.stdout.write(JSON.stringify({ code, message, next }))
  }
  await shared.close()
}
