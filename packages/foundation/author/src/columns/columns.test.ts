import { describe, expect, it } from 'vitest'
import { decimal, identity, integer, text, texts, timestamp } from './builders.ts'

describe('a column', () => {
  it('is nullable and filled by the load unless it says otherwise', () => {
    expect(text()).toMatchObject({ notNull: false, filled: false, identity: false })
    expect(text({ notNull: true, comment: 'c' })).toMatchObject({ notNull: true, filled: false, comment: 'c' })
    expect(timestamp({ default: 'now()' })).toMatchObject({ filled: true, default: 'now()' })
    expect(integer({ generated: 'a + 1' })).toMatchObject({ filled: true, generated: 'a + 1' })
    expect(identity({ comment: 'id' })).toMatchObject({ filled: true, identity: true, notNull: true, comment: 'id', default: undefined })
  })

  it('of text may be written by name, several at once', () => {
    expect(texts('id', 'rank')).toEqual({ id: text(), rank: text() })
  })

  it.each([
    [0, 0],
    [39, 0],
    [10, 11],
    [10, -1],
    [10.5, 2],
    [Number.NaN, 0],
  ])('decimal(%d, %d) is refused, since no store holds it', (precision, scale) => {
    expect(() => decimal(precision, scale)).toThrow(expect.objectContaining({ code: 'definition.invalid' }))
  })
})
