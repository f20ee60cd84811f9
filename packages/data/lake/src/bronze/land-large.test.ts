import { heldAfter } from '@sluice/process/testing'
import { expect, test } from 'vitest'

test('a landing takes the same memory for a body of 256 MB, and for many, as for a small one, where DuckDB has 64 MB', async () => {
  const [small = 0, ...large] = await heldAfter(new URL('testing/land-large.ts', import.meta.url), '8', '1', '256', '1', '2', '100')
  expect(large).toHaveLength(2)
  expect(Math.max(...large) - small).toBeLessThan(128)
})
