import { expect, test } from 'vitest'
import { quoteIdentifier, quoteLiteral } from './identifiers.ts'

test('an identifier is quoted part by part and cannot leave its quotes', () => {
  expect(quoteIdentifier('app', 'a "b"; drop')).toBe('"app"."a ""b""; drop"')
})

test.each(['', 'a\0b', 'é'.repeat(32)])('the identifier %j is refused', (name) => {
  expect(() => quoteIdentifier(name)).toThrow(expect.objectContaining({ code: 'input.invalid' }))
})

test('a literal cannot leave its quotes, with backslashes or without', () => {
  expect(quoteLiteral("it's")).toBe("'it''s'")
  expect(quoteLiteral("\\'; drop")).toBe(" E'\\\\''; drop'")
})
