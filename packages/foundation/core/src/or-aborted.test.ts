import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { orAborted } from './or-aborted.ts'

const listeners = ({ signal }: AbortController): number => getEventListeners(signal, 'abort').length

test('the end of the promise comes through, and nothing of it stays with the signal', async () => {
  const long = new AbortController()
  const first = Promise.withResolvers<string>()
  const second = Promise.withResolvers<never>()
  const asked = [orAborted(first.promise, long.signal), orAborted(second.promise, long.signal)]
  expect(listeners(long)).toBe(2)
  first.resolve('done')
  second.reject(new Error('failed'))
  await expect(asked[0]).resolves.toBe('done')
  await expect(asked[1]).rejects.toThrow('failed')
  expect(listeners(long)).toBe(0)
  await expect(orAborted(Promise.resolve(1), undefined)).resolves.toBe(1)
})

test('an abort ends the wait with its reason, also one that came before; a later failure of the promise disturbs nobody', async () => {
  const control = new AbortController()
  const silent = Promise.withResolvers<never>()
  const asked = orAborted(silent.promise, control.signal)
  control.abort(new Error('stopped'))
  await expect(asked).rejects.toThrow('stopped')
  await expect(orAborted(silent.promise, control.signal)).rejects.toThrow('stopped')
  silent.reject(new Error('too late'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(listeners(control)).toBe(0)
})
