import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createTableSql } from '@sluice/warehouse'
import { integer, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published } from './datasets/invoices.ts'
import invoices from './pipelines/invoices.ts'
import soundInvoices from './pipelines/sound-invoices.ts'
import watched from './pipelines/watched.ts'
import { nextOf } from './sources/pages.ts'

const invoice = (id: string, total: string, at = '2026-11-20T10:00:00Z') => ({ id, customer: { name: 'Ada' }, total, changed_at: at })
const pages: Readonly<Record<string, object>> = {
  first: { data: [invoice('a', '10.00'), invoice('b', '20000.00')], next: 'second' },
  second: { data: [invoice('a', '12.50', '2026-11-20T11:00:00Z')] },
}

/** Wants its key in a header of its own. */
async function billing() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    asked.push(searchParams.toString())
    if (request.headers['x-api-key'] !== 'key-1') response.writeHead(401).end()
    else response.end(JSON.stringify(pages[searchParams.get('cursor') ?? 'first']))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return {
    asked,
    connection: {
      url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      token: 'key-1',
      tokenIn: { header: 'x-api-key' },
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

test('pages come by cursor with the key in its header, the newest of an invoice stays, and one that is high is told', async () => {
  await using source = await billing()
  await using world = await testWorld({ datasets: [published], connections: { billing: source.connection } })
  const run = await world.run(invoices, { logicalTime: '2026-11-21T02:15:00Z', key: 'scheduled:1795227300000' })
  expect(run.tasks.map(({ task, state, error }) => [task, state, error?.message ?? ''])).toEqual([
    ['land_invoices', 'success', ''],
    ['silver.invoices', 'success', ''],
    ['load_invoices', 'success', ''],
    ['tell_of_high_invoices', 'success', ''],
  ])
  expect(source.asked.map((query) => new URLSearchParams(query).get('cursor'))).toEqual([null, 'second'])
  expect(await world.rows({ total: integer() }, sql`select sum(total * 100)::integer as total from ${published}`)).toEqual([
    { total: 2_001_250 },
  ])
  expect(await world.notifications()).toMatchObject([{ to: 'team', subject: '1 invoices above 10,000' }])

  const seen = await world.run(watched, { logicalTime: '2026-11-21T07:00:00Z' })
  expect(seen.state).toBe('success')
  const sound = await world.run(soundInvoices, { logicalTime: '2026-11-21T07:30:00Z' })
  expect(sound.tasks[0]).toMatchObject({
    state: 'success',
    output: { ok: true, rows: 2, score: 0.875, warned: 1, figures: { 'unusually high': 1 } },
  })
  const stale = await world.run(soundInvoices, { logicalTime: '2026-11-22T07:30:00Z' })
  expect(stale.tasks[0]?.error).toMatchObject({ code: 'quality.failed', message: expect.stringContaining('it may be 26h old') })
  const silent = await world.run(watched, { logicalTime: '2026-12-21T07:00:00Z' })
  expect(silent.tasks[0]?.error?.message).toContain('nothing has changed since')
})

test('the next page stands in the header link', () => {
  const link = '<https://api.example/x?page=1>; rel="prev", <https://api.example/x?page=3>; rel="next"'
  expect(nextOf({ headers: { link } })).toBe('https://api.example/x?page=3')
  expect(nextOf({ headers: { link: '<https://api.example/x?page=1>; rel="prev"' } })).toBeUndefined()
  expect(nextOf({ headers: {} })).toBeUndefined()
})

test('the migration makes the table that is declared', () => {
  const written = readFileSync(new URL('migrations/0001_invoices.up.sql', import.meta.url), 'utf8')
  expect(written.trim().split(/;\s*/)).toEqual([...createTableSql(published), ''])
})
