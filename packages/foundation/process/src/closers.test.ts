import { expect, test } from 'vitest'
import { closers } from './closers.ts'

test('all are closed, the latest first and each once, also when one of them fails', async () => {
  const closed: string[] = []
  const opened = closers()
  for (const name of ['a', 'b', 'c']) {
    opened.add(async () => {
      closed.push(name)
      if (name === 'b') throw new Error('b does not close')
    })
  }
  await expect(opened.close()).rejects.toThrow('b does not close')
  expect(closed).toEqual(['c', 'b', 'a'])
  await opened.close()
  expect(closed).toHaveLength(3)
})

test('one that throws at once, instead of a promise that fails, keeps no other from closing', async () => {
  const closed: string[] = []
  const opened = closers()
  opened.add(async () => void closed.push('first'))
  opened.add(() => {
    throw new Error('does not even begin')
  })
  await expect(opened.close()).rejects.toThrow('does not even begin')
  expect(closed).toEqual(['first'])
})

test('what is opened while all is closed is closed as well', async () => {
  const closed: string[] = []
  const opened = closers()
  opened.add(async () => {
    opened.add(async () => void closed.push('late'))
    closed.push('first')
  })
  await opened.close()
  expect(closed).toEqual(['first', 'late'])
})

test('who asks while another closes waits for the same end', async () => {
  const ended = Promise.withResolvers<void>()
  const closed: string[] = []
  const opened = closers()
  opened.add(() => ended.promise.then(() => void closed.push('slow')))
  const [one, other] = [opened.close(), opened.close().then(() => closed.push('told'))]
  await new Promise((resolve) => setImmediate(resolve))
  expect(closed).toEqual([])
  ended.resolve()
  await Promise.all([one, other])
  expect(closed).toEqual(['slow', 'told'])
})
