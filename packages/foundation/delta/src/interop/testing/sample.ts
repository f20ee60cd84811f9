import type { Random } from '@sluice/core/testing'
import type { Column } from '../../schema/schema.ts'
import type { Row, Value } from './values.ts'

/** Every type that all engines have. Two of the columns can partition a table. Column `id` is the key. */
export const sampleColumns: readonly Column[] = [
  { name: 'id', type: 'long' },
  { name: 'part', type: 'string' },
  { name: 'pday', type: 'date' },
  { name: 'name', type: 'string' },
  { name: 'price', type: 'decimal(38,18)' },
  { name: 'small_price', type: 'decimal(9,2)' },
  { name: 'seen', type: 'timestamp' },
  { name: 'day', type: 'date' },
  { name: 'ok', type: 'boolean' },
  { name: 'ratio', type: 'double' },
  { name: 'i', type: 'integer' },
  { name: 's', type: 'short' },
  { name: 'b', type: 'byte' },
  { name: 'bin', type: 'binary' },
  { name: 'tags', type: { type: 'array', elementType: 'string', containsNull: true } },
  {
    name: 'place',
    type: {
      type: 'struct',
      fields: [
        { name: 'x', type: 'long', nullable: true, metadata: {} },
        { name: 'note', type: 'string', nullable: true, metadata: {} },
      ],
    },
  },
  { name: 'attrs', type: { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true } },
]

export const sampleValues = {
  part: [null, 'a/b', 'c d%2F', 'ü=ß', "it's", 'x:y*?[1]', '日本', '%', 'a+b&c#d"e'],
  pday: [null, '2024-02-29', '1969-12-31', '2100-01-01'],
  name: [null, '', 'plain', 'ü', '😀 \u{10FFFF}', 'line\nend\t"quoted"\\', "o'neil", 'k'.repeat(80)],
  price: [
    null,
    '0.000000000000000001',
    '-12345678901234567890.123456789012345678',
    '99999999999999999999.999999999999999999',
    '0.000000000000000000',
  ],
  small_price: [null, '-9999999.99', '0.10', '1234567.89'],
  seen: [
    null,
    '1969-12-31T23:59:59.999999',
    '1960-06-01T00:00:00.000500',
    '2024-01-01T00:00:00.123456',
    '1901-01-01T12:00:00.000001',
    '2100-12-31T23:59:59.999999',
  ],
  day: [null, '1900-01-01', '1969-12-31', '2024-02-29', '2199-12-31'],
  ok: [null, true, false],
  ratio: [null, '0.1', '-1e+300', 'NaN', 'Infinity', '-Infinity', '0'],
  i: [null, '-2147483648', '2147483647', '0'],
  s: [null, '-32768', '32767'],
  b: [null, '-128', '127'],
  bin: [null, '', '00ff80', 'c3bc'],
  tags: [null, [], ['a'], ['', null, 'ü,"']],
  place: [null, { x: null, note: null }, { x: '9007199254740993', note: 'n' }, { x: '-1', note: '' }],
  attrs: [
    null,
    [],
    [['a', '1']],
    [
      ['', null],
      ['k.v', '9007199254740993'],
    ],
  ],
} as const satisfies Record<string, readonly [Value, ...Value[]]>

/** A row of the sample's columns with this id. */
export function sampleRow(random: Random, id: number): Row {
  // Text beyond 2^53 shows whether a number went through a double.
  return {
    id: String(id),
    ...Object.fromEntries(Object.entries(sampleValues).map(([name, some]) => [name, random.pick(some as readonly [Value, ...Value[]])])),
  }
}

export function sampleRows(random: Random, ids: readonly number[]): Row[] {
  return ids.map((id) => sampleRow(random, id))
}
