import { describe, expect, test } from 'vitest'
import { fixedWidth, jsonFile, xml } from './format.ts'

describe('where things stand in a file is checked when its format is declared', () => {
  test.each<readonly [string, () => unknown]>([
    ['a path to rows of JSON', () => jsonFile({ rows: '$.data[0]' })],
    ['a path to rows of XML', () => xml({ rows: '/orders/' as '/orders' })],
    ['a prefix of XML', () => xml({ rows: '/ns:orders/order' })],
    ['an attribute as a row of XML', () => xml({ rows: '/orders/@id' })],
    ['a field of XML from the root', () => xml({ rows: '/orders/order', fields: { id: '/orders/order/@id' } })],
    ['a field of XML behind an attribute', () => xml({ rows: '/orders/order', fields: { id: '@id/x' } })],
    ['a field of a line that begins at 0', () => fixedWidth({ fields: { id: [0, 3] } })],
    ['a field of a line that has no width', () => fixedWidth({ fields: { id: [1, 0] } })],
    ['a field of a line without a width', () => fixedWidth({ fields: { id: [1] as never } })],
    ['lines without a field', () => fixedWidth({ fields: {} })],
  ])('%s is refused', (_what, declare) => expect(declare).toThrow(expect.objectContaining({ code: 'definition.invalid' })))

  test('and what fits is taken', () => {
    expect(jsonFile({ rows: '$.data[*]' }).rows).toBe('$.data[*]')
    expect(xml({ rows: '/orders/order', fields: { id: '@id', name: 'customer/name', of: 'customer/@of' } }).rows).toBe('/orders/order')
    expect(fixedWidth({ fields: { id: [1, 8], name: [9, 20] } }).fields.name).toEqual([9, 20])
  })
})
