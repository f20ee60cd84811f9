import { heldAfter } from '@sluice/process/testing'
import { expect, test } from 'vitest'

test('an attempt that has ended is not held: memory is the same after thousands of them', async () => {
  const held = await heldAfter(new URL('testing/run-attempts.ts', import.meta.url), '4000')
  expect(held).toHaveLength(4)
  expect((held.at(-1) ?? 0) - (held[0] ?? 0)).toBeLessThan(8)
})
