import { expect, test } from 'vitest'
import { Wake } from './wake.ts'

test('a wake that comes while the sleeper is busy ends its next sleep at once', async () => {
  const wake = new Wake()
  wake.forget()
  wake.wake()
  // Otherwise longer than a test may take.
  await wake.sleep(3_600_000)
})

test('a wake from before the look is forgotten', async () => {
  const wake = new Wake()
  wake.wake()
  wake.forget()
  const before = performance.now()
  await wake.sleep(30)
  expect(performance.now() - before).toBeGreaterThan(20)
})
