import { expect, test } from 'vitest'
import { lazily } from './lazily.ts'
import { closeBegun, once } from './once.ts'

const counter = (opened: string[]) => async () => {
  opened.push('opened')
  let count = 0
  return {
    add: async (by: number) => (count += by),
    fail: async (): Promise<never> => {
      throw new Error('as the thing says it')
    },
    close: async () => void opened.push('closed'),
  }
}

test('a thing is opened by the first call, once, and each call reaches it with its arguments and errors', async () => {
  const opened: string[] = []
  const lazy = lazily(once(counter(opened)))
  expect(opened).toEqual([])
  expect([await lazy.add(2), await lazy.add(3)]).toEqual([2, 5])
  await expect(lazy.fail()).rejects.toThrow('as the thing says it')
  expect(opened).toEqual(['opened'])
})

test('waiting for the thing itself opens nothing', async () => {
  const opened: string[] = []
  await Promise.resolve(lazily(counter(opened)))
  expect(opened).toEqual([])
})

test('only what was begun is closed, and what did not open needs no closing', async () => {
  const opened: string[] = []
  const open = once(counter(opened))
  await closeBegun(open)
  expect(opened).toEqual([])
  await open()
  await closeBegun(open)
  expect(opened).toEqual(['opened', 'closed'])
  const broken = once(async (): Promise<{ close(): void }> => {
    throw new Error('does not open')
  })
  const failing = broken()
  await closeBegun(broken)
  await expect(failing).rejects.toThrow('does not open')
})
