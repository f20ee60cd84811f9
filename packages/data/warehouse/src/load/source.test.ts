import { heldAfter } from '@sluice/process/testing'
import { expect, test } from 'vitest'
import { countedSource } from './source.ts'

test('what has passed is not held: memory is the same after a half gigabyte as after the first piece', async () => {
  const [first = 0, ...later] = await heldAfter(new URL('testing/pass-pieces.ts', import.meta.url), '512')
  expect(later).toHaveLength(4)
  expect(Math.max(...later) - first).toBeLessThan(16)
})

test('an abort ends a source that keeps silent, with the reason', async () => {
  const control = new AbortController()
  async function* silent(): AsyncGenerator<string> {
    yield 'a,b\n'
    await new Promise<never>(() => undefined)
  }
  const { pieces, bytes } = countedSource(silent(), control.signal)
  const read = (async () => {
    for await (const _ of pieces) setImmediate(() => control.abort(new Error('cancelled')))
  })()
  await expect(read).rejects.toThrow('cancelled')
  expect(bytes()).toBe(4)
})
