import type { SignInCount } from '@sluice/accounts'
import { expect, test } from 'vitest'
import { createThrottle, type KeptCounts, type Throttle } from './throttle.ts'

const wrong = async () => undefined
const right = async () => 'in'
const setUp = () => {
  let now = 0
  return {
    throttle: createThrottle(() => now),
    pass: (ms: number) => {
      now += ms
    },
  }
}
const outcomeOf = (of: Promise<unknown>): Promise<string> =>
  of.then(
    (found) => (found === undefined ? 'wrong' : 'in'),
    (error: { code: string }) => error.code,
  )
const fail = (throttle: Throttle, name: string, address: string) => outcomeOf(throttle.attempt({ name, address }, wrong))

test('names that fail fill no memory: of ten thousand and one the one that was quiet for longest is forgotten', async () => {
  const { throttle } = setUp()
  const from = (n: number) => `10.0.${Math.floor(n / 250)}.${n % 250}`
  for (let n = 0; n < 3; n++) await fail(throttle, 'first', 'here')
  expect(await fail(throttle, 'first', 'here')).toBe('request.throttled')
  for (let n = 1; n < 10_000; n++) await fail(throttle, `name ${n}`, from(n))
  expect(await fail(throttle, 'first', 'here')).toBe('request.throttled')
  await fail(throttle, 'one more', 'elsewhere')
  expect(await fail(throttle, 'first', 'here')).toBe('wrong')
})

test('one password over many names is slowed by the address that tries them', async () => {
  const { throttle, pass } = setUp()
  const outcomes: string[] = []
  for (let n = 0; n < 200; n++) outcomes.push(await fail(throttle, `spray${n}`, '203.0.113.7'))
  expect(outcomes.filter((each) => each === 'wrong')).toHaveLength(20)
  expect(await fail(throttle, 'other', '203.0.113.8')).toBe('wrong')
  pass(1_000)
  expect(await fail(throttle, 'later', '203.0.113.7')).toBe('wrong')
  await expect(throttle.attempt({ name: 'x', address: '203.0.113.7' }, right)).rejects.toMatchObject({ retryAfterMs: 2_000 })
})

test('one name from many addresses is slowed by the name, and never for longer than a minute', async () => {
  const { throttle, pass } = setUp()
  const outcomes: string[] = []
  for (let n = 0; n < 200; n++) outcomes.push(await fail(throttle, 'admin', `198.51.100.${n}`))
  expect(outcomes.filter((each) => each === 'wrong')).toHaveLength(10)
  for (let n = 0; n < 20; n++) {
    pass(60_000)
    expect(await fail(throttle, 'admin', `192.0.2.${n}`)).toBe('wrong')
  }
})

test('who signed in from an address lately is held up by nobody: not by a flood from it, nor by guesses at the name from elsewhere', async () => {
  const { throttle, pass } = setUp()
  const admin = { name: 'admin', address: '127.0.0.1' }
  expect(await throttle.attempt(admin, right)).toBe('in')
  for (let n = 0; n < 100; n++) await fail(throttle, `flood${n}`, '127.0.0.1')
  for (let n = 0; n < 100; n++) await fail(throttle, 'admin', `198.51.100.${n}`)
  expect(await throttle.attempt(admin, right)).toBe('in')
  // Their own mistakes count as everybody's.
  for (let n = 0; n < 3; n++) expect(await fail(throttle, 'admin', '127.0.0.1')).toBe('wrong')
  expect(await fail(throttle, 'admin', '127.0.0.1')).toBe('request.throttled')
  pass(31 * 24 * 3_600_000)
  for (let n = 0; n < 20; n++) await fail(throttle, `flood${n}`, '127.0.0.1')
  expect(await fail(throttle, 'admin', '127.0.0.1')).toBe('request.throttled')
})

test('a hundred connections that never come to an end leave a place for who signed in before', async () => {
  const { throttle } = setUp()
  const admin = { name: 'admin', address: '127.0.0.1' }
  await throttle.attempt(admin, right)
  const stuck = Promise.withResolvers<undefined>()
  const flood = Array.from({ length: 100 }, (_, n) =>
    outcomeOf(throttle.attempt({ name: `f${n}`, address: `10.0.0.${n % 4}` }, () => stuck.promise)),
  )
  expect(await throttle.attempt(admin, right)).toBe('in')
  stuck.resolve(undefined)
  const outcomes = await Promise.all(flood)
  expect([outcomes.filter((each) => each === 'wrong').length, outcomes.filter((each) => each === 'request.throttled').length]).toEqual([
    8, 92,
  ])
})

test('an address takes half of the room for strangers at most', async () => {
  const { throttle } = setUp()
  const stuck = Promise.withResolvers<undefined>()
  const flood = Array.from({ length: 16 }, (_, n) =>
    outcomeOf(throttle.attempt({ name: `f${n}`, address: '203.0.113.7' }, () => stuck.promise)),
  )
  const stranger = throttle.attempt({ name: 'ada', address: '192.0.2.1' }, right)
  stuck.resolve(undefined)
  expect(await stranger).toBe('in')
  expect((await Promise.all(flood)).filter((each) => each === 'wrong')).toHaveLength(4)
})

test('a check that could not be made is not a failure', async () => {
  const { throttle } = setUp()
  const broken = () => throttle.attempt({ name: 'ada', address: 'here' }, () => Promise.reject(new Error('the database is away')))
  for (let n = 0; n < 30; n++) await expect(broken()).rejects.toThrow('away')
  expect(await throttle.attempt({ name: 'ada', address: 'here' }, right)).toBe('in')
})

test('a process that takes the place of another one goes on with its counters, and knows who signed in', async () => {
  let now = 0
  const rows = new Map<string, SignInCount>()
  const kept: KeptCounts = {
    signInCounts: async () => [...rows.values()].sort((a, b) => a.at - b.at),
    keepSignInCounts: async (counts) => {
      for (const count of counts) {
        const key = `${count.counter} ${count.key}`
        if (count.tries === 0) rows.delete(key)
        else rows.set(key, count)
      }
    },
  }
  const started = () => createThrottle(() => now)
  const first = started()
  const ask = (throttle: Throttle, name: string, address: string, check: () => Promise<string | undefined>) =>
    outcomeOf(throttle.attempt({ name, address }, check, kept))
  expect(await ask(first, 'ada', 'office', right)).toBe('in')
  for (let n = 0; n < 3; n++) expect(await ask(first, 'admin', 'elsewhere', wrong)).toBe('wrong')
  for (let n = 0; n < 17; n++) await ask(first, `spray${n}`, 'elsewhere', wrong)
  expect(await ask(started(), 'admin', 'elsewhere', right)).toBe('request.throttled')
  expect(await ask(started(), 'another', 'elsewhere', right)).toBe('request.throttled')
  // A flood from the office holds up who is known there in no later process.
  for (let n = 0; n < 30; n++) await ask(started(), `flood${n}`, 'office', wrong)
  expect(await ask(started(), 'ben', 'office', right)).toBe('request.throttled')
  expect(await ask(started(), 'ada', 'office', right)).toBe('in')
  now += 60 * 60_000 + 1
  expect(await ask(started(), 'admin', 'elsewhere', right)).toBe('in')
  expect([...rows.keys()].join()).not.toMatch(/ada|office|spray/)
})

test('a process that is killed while it checks a password has counted the try', async () => {
  const rows: SignInCount[] = []
  const kept: KeptCounts = { signInCounts: async () => rows, keepSignInCounts: async (counts) => void rows.push(...counts) }
  const seen = Promise.withResolvers<number>()
  const never = new Promise<undefined>(() => undefined)
  const check = (): Promise<undefined> => {
    seen.resolve(rows.length)
    return never
  }
  void createThrottle(() => 0).attempt({ name: 'ada', address: 'here' }, check, kept)
  expect(await seen.promise).toBe(3)
})
