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
