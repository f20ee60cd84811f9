import { expect, expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import type { optimizeTable } from '../operations/lake/optimize.ts'
import { createClient } from './client.ts'

const asked: { readonly path: string; readonly method: string | undefined; readonly body: unknown }[] = []
const client = createClient(async (path, { method, body }) => {
  asked.push({ path, method, body: body ?? null })
  return path.includes('/log') ? new Response('line') : Response.json({ items: [] })
})

test('parameters go into the path, the query behind it, the body as JSON', async () => {
  await client.pipelines.trigger({ params: { pipeline: 'a/b c' }, query: { project: 'x&y' }, body: { params: { day: 1 } } })
  await client.runs.list({ query: { state: 'failed', limit: 5 } })
  expect(await new Response(await client.tasks.log({ params: { run: 'r', task: 't' }, query: { follow: true } })).text()).toBe('line')
  expect(asked).toEqual([
    { path: '/api/v1/pipelines/a%2Fb%20c/runs?project=x%26y', method: 'POST', body: '{"params":{"day":1}}' },
    { path: '/api/v1/runs?state=failed&limit=5', method: 'GET', body: null },
    { path: '/api/v1/runs/r/tasks/t/log?follow=true', method: 'GET', body: null },
  ])
})

test.each(['', '.', '..'])('a parameter "%s" would lead to another operation, and is refused before anything is asked', async (run) => {
  const before = asked.length
  const error = { code: 'request.invalid', message: `"${run}" does not name a run` }
  await expect(client.runs.cancel({ params: { run } })).rejects.toMatchObject(error)
  expect(asked).toHaveLength(before)
})

test('the types are those of the endpoints', () => {
  expectTypeOf(client.lake.optimize).returns.resolves.toEqualTypeOf<z.infer<typeof optimizeTable.answer>>()
  expectTypeOf(client.runs.list).parameter(0).extract<object>().toHaveProperty('query')
  const wrong = [
    // @ts-expect-error a parameter of the path is missing
    () => client.runs.show(),
    // @ts-expect-error the state does not exist
    () => client.runs.list({ query: { state: 'asleep' } }),
    // @ts-expect-error the field does not exist
    () => client.runs.list({ query: { colour: 'red' } }),
    // @ts-expect-error a body is missing
    () => client.lake.optimize({}),
    // @ts-expect-error a field of the body is missing
    () => client.lake.optimize({ body: { clusterBy: ['a'] } }),
    // @ts-expect-error there is no such operation
    () => client.lake.compact({ body: { dataset: 'silver.assets' } }),
    // @ts-expect-error it takes no input but a signal
    () => client.config.list({ query: { key: 'port' } }),
  ]
  expect(wrong).toHaveLength(7)
})
