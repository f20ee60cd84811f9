import { describe, expect, test } from 'vitest'
import { fileSource } from './file-source.ts'
import { avro, csv, excel, fixedWidth, jsonFile, jsonLines, parquet, xml } from './format.ts'

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

/** A definition as a file without types has it. */
const loose = (make: (...args: never[]) => unknown): ((options: object) => unknown) => make as never

describe('the values of options are checked where no compiler has seen them', () => {
  test.each<readonly [string, () => unknown]>([
    ['csv(): there is no option "sep"', () => loose(csv)({ sep: ';' })],
    ['csv(): delimiter is "", which is not text', () => csv({ delimiter: '' })],
    ['csv(): delimiter is "\\n", which is not text', () => csv({ delimiter: '\n' })],
    ['csv(): quote is "»", which is not one character of ASCII', () => csv({ quote: '»' })],
    ['csv(): escape is "ab", which is not one character of ASCII', () => csv({ escape: 'ab' })],
    ['csv(): skip is -1, which is not a whole number', () => csv({ skip: -1 })],
    ['csv(): header is "yes", which is not a list', () => loose(csv)({ header: 'yes' })],
    ['csv(): a member of header is 1, which is not text', () => loose(csv)({ header: ['id', 1] })],
    ['csv(): nulls is "NA", which is not a list', () => loose(csv)({ nulls: 'NA' })],
    ['csv(): encoding is "latin1"', () => loose(csv)({ encoding: 'latin1' })],
    ['csv(): decimal is ";"', () => loose(csv)({ decimal: ';' })],
    ['csv(): dates.at is "", which is not a form of dates', () => loose(csv)({ dates: { at: '' } })],
    ['csv(): dates is "%d/%m/%Y", which is not a form of dates: the letters "Y" mean nothing', () => loose(csv)({ dates: '%d/%m/%Y' })],
    ['csv(): dates.at is "HH:mm", which is not a form of dates: it does not say the year', () => loose(csv)({ dates: { at: 'HH:mm' } })],
    ['csv(): dates is null, which is not a form of dates', () => loose(csv)({ dates: null })],
    ['csv(): language is "no language"', () => csv({ language: 'no language' })],
    ['fixedWidth(): timeZone is "Mars/Olympus"', () => fixedWidth({ fields: { id: [1, 2] }, timeZone: 'Mars/Olympus' })],
    ['excel(): sheet is 0, which is not the name of a sheet, or its place from 1', () => excel({ sheet: 0 })],
    ['excel(): range is "", which is not cells', () => excel({ range: '' })],
    ['parquet(): compression is "snappy"', () => loose(parquet)({ compression: 'snappy' })],
    ['avro(): compression is true', () => loose(avro)({ compression: true })],
    ['csv(): header names no column', () => csv({ header: [] })],
    ['xml(): fields is "abc", which is not an object', () => loose(xml)({ rows: '/a/b', fields: 'abc' })],
    ['xml(): fields is null, which is not an object', () => loose(xml)({ rows: '/a/b', fields: null })],
    ['fixedWidth(): fields is null, which is not an object', () => loose(fixedWidth)({ fields: null })],
    ['fixedWidth(): fields is a list, which is not an object', () => loose(fixedWidth)({ fields: [[1, 2]] })],
    ['fileSource in, format: delimiter is 5', () => fileSource({ folder: 'in', format: { kind: 'csv', delimiter: 5 } as never })],
    ['fileSource in, format: there is no option "sep"', () => fileSource({ folder: 'in', format: { kind: 'csv', sep: ';' } as never })],
    ['fileSource in: ready.stable: "10" is not a duration', () => fileSource({ folder: 'in', ready: { stable: 10 as never } })],
    ['jsonLines(): encoding is "utf8"', () => loose(jsonLines)({ encoding: 'utf8' })],
  ])('%s', (message, declare) =>
    expect(declare).toThrow(expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(message) })),
  )

  test('and what fits is taken as it is given', () => {
    const given = {
      delimiter: '||',
      quote: '',
      escape: '\\',
      comment: '#',
      header: ['id'],
      nulls: ['NA', ''],
      dates: { at: 'dd/MM/yyyy' },
      language: 'de-AT',
      timeZone: 'Europe/Vienna',
      encoding: 'big5',
      compression: 'zip',
      decimal: ',',
      skip: 2,
    } as const
    expect(csv(given)).toEqual({ kind: 'csv', ...given })
    expect([excel({ sheet: 'Data', range: 'B3' }).range, excel({ header: false }).header]).toEqual(['B3', false])
  })
})
