import { requestErrors } from '@sluice/core'
import { expect, test } from 'vitest'
import type { Caller } from '../endpoint/caller.ts'
import { watchAccess } from './access-ends.ts'
import { streamed } from './streamed.ts'

const owner: Caller = { kind: 'owner', actor: 'owner', username: null, grants: new Map([['*', 'admin']]) }
const denied = requestErrors.denied('over', { facts: { anonymous: true } })
const idle = () => watchAccess(owner, async () => owner, 1_000_000)

test('a stream goes on while nobody can say who the caller is, and breaks off once somebody says no', async () => {
  let looks = 0
  using watch = watchAccess(
    owner,
    async () => {
      looks++
      if (looks < 3) throw new Error('the database is away')
      if (looks < 5) return { ...owner, grants: new Map([['*', 'admin'] as const]) }
      throw denied
    },
    1,
  )
  await new Promise((resolve) => watch.signal.addEventListener('abort', resolve))
  expect([looks, watch.signal.reason]).toEqual([5, denied])
})

test('a download that breaks off is not taken for a whole one, and its source is closed', async () => {
  const end = new AbortController()
  let closed = false
  async function* chunks(): AsyncGenerator<string> {
    try {
      for (;;) yield 'row\n'
    } finally {
      closed = true
    }
  }
  let disposed = false
  const watch = {
    signal: end.signal,
    [Symbol.dispose]: () => {
      disposed = true
    },
  }
  const { body } = await streamed(async () => ({ contentType: 'text/csv', chunks: chunks() }), new AbortController().signal, watch)
  const reader = body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('row\n')
  end.abort(denied)
  await expect(reader?.read()).rejects.toBe(denied)
  await expect.poll(() => closed).toBe(true)
  expect(disposed).toBe(true)
})

test('a stream whose reader lost their access while it was opened breaks off at once', async () => {
  const end = new AbortController()
  async function* chunks(): AsyncGenerator<string> {
    yield 'row\n'
  }
  const watch = { signal: end.signal, [Symbol.dispose]: () => undefined }
  const open = async () => {
    end.abort(denied)
    return { contentType: 'text/csv', chunks: chunks() }
  }
  await expect((await streamed(open, new AbortController().signal, watch)).text()).rejects.toBe(denied)
})

test('the watch ends with its stream: whole, left, failed, or never begun', async () => {
  const ended: string[] = []
  const watchOf = (name: string) => {
    const watch = idle()
    return {
      signal: watch.signal,
      [Symbol.dispose]: () => {
        watch[Symbol.dispose]()
        ended.push(name)
      },
    }
  }
  const never = new AbortController().signal
  async function* two(): AsyncGenerator<string> {
    yield 'a'
    yield 'b'
  }
  async function* broken(): AsyncGenerator<string> {
    yield 'a'
    throw new Error('broken')
  }
  const of = (chunks: AsyncIterable<string>) => async () => ({ contentType: 'text/plain', chunks })
  expect(await (await streamed(of(two()), never, watchOf('whole'))).text()).toBe('ab')
  await (await streamed(of(two()), never, watchOf('left'))).body?.cancel()
  await expect((await streamed(of(broken()), never, watchOf('failed'))).text()).rejects.toThrow('broken')
  await expect(streamed(() => Promise.reject(new Error('no')), never, watchOf('never begun'))).rejects.toThrow('no')
  expect(ended).toEqual(['whole', 'left', 'failed', 'never begun'])
})
