import { expect, test } from 'vitest'
import { callAt, placeOfQuoted } from './named-place.ts'

const source = `const a = task({
  name: 'a', // a bracket ) in a comment
  description: "timout (not this one",
  timout: 60,
  run: () => \`) \${60} (\`,
})
const b = task<number>({ retries: 3 })
`

test('a call ends at its own bracket, whatever strings, comments and templates hold', () => {
  const call = callAt(source, { line: 1, column: 11 })
  expect(source.slice(call?.open, (call?.close ?? 0) + 1)).toMatch(/^\(\{[\s\S]*\}\)$/)
  expect(source.slice(call?.close)).toMatch(/^\)\nconst b/)
  expect(callAt(source, { line: 7, column: 11 })).not.toBeNull()
  expect(callAt(source, { line: 2, column: 3 })).toBeNull()
})

test('a fault stands at what it quotes, inside of the call that it was thrown from', () => {
  const at = (message: string, line = 1) => placeOfQuoted(source, { line, column: 11 }, message)
  expect(at('"60" is not a duration')).toEqual({ line: 4, column: 11 })
  expect(at('there is no option "name"')).toEqual({ line: 2, column: 3 })
  expect(at('task: there is no option "retries"', 7)).toEqual({ line: 7, column: 26 })
  expect(at('there is no option "retries"')).toBeNull()
})
