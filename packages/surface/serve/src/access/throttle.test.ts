import { expect, test } from 'vitest'
import { createThrottle } from './throttle.ts'

const wrong = async () => undefined

test('names that fail fill no memory: of ten thousand and one the one that was quiet for longest is forgotten', async () => {
  const throttle = createThrottle(() => 0)
  const fail = (name: string) => throttle.attempt(name, wrong)
  for (let n = 0; n < 3; n++) await fail('first')
  await expect(fail('first')).rejects.toMatchObject({ code: 'request.denied', retryAfterMs: 1_000 })
  for (let n = 1; n < 10_000; n++) await fail(`name ${n}`)
  await expect(fail('first')).rejects.toMatchObject({ code: 'request.denied' })
  await fail('one more')
  expect(await fail('first')).toBeUndefined()
})
