import { expect, test } from 'vitest'
import { recordsOf } from './csv.ts'

test.each([
  [
    'plain values',
    'a,b\n1,x\n2,y\n',
    [
      { a: '1', b: 'x' },
      { a: '2', b: 'y' },
    ],
  ],
  ['commas, quotes and line ends in quotes', 'a,b\n1,"x, ""y""\nz"\n', [{ a: '1', b: 'x, "y"\nz' }]],
  [
    'empty values and no last line end',
    'a,b\n,\n2,',
    [
      { a: '', b: '' },
      { a: '2', b: '' },
    ],
  ],
  ['a byte order mark and the line ends of Windows', '\uFEFFa,b\r\n1,x\r\n', [{ a: '1', b: 'x' }]],
])('reads %s', (_, csv, records) => expect(recordsOf(csv)).toEqual(records))
