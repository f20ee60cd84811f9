import { expect, test } from 'vitest'
import { createTroubles } from './troubles.ts'

const setUp = () => {
  const told: string[] = []
  let now = 0
  const troubles = createTroubles({ trouble: (message) => told.push(message), recovered: () => told.push('recovered') }, () => now)
  return {
    told,
    troubles,
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a trouble is told once, another one too, and its end once', () => {
  const { told, troubles } = setUp()
  troubles.over()
  for (const message of ['refused', 'refused', 'starting up', 'refused']) troubles.tell(message)
  troubles.over()
  troubles.over()
  troubles.tell('refused')
  expect(told).toEqual(['refused', 'starting up', 'recovered', 'refused'])
})

test('what workers say of the same trouble is not said again, and their own at most once a minute', () => {
  const { told, troubles, pass } = setUp()
  troubles.tell('refused')
  troubles.mention('refused')
  troubles.mention('late')
  pass(59_999)
  troubles.mention('late')
  pass(1)
  troubles.mention('late')
  troubles.over()
  expect(told).toEqual(['refused', 'late', 'late', 'recovered'])
})
