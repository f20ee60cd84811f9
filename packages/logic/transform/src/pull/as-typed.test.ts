import { bigint, dataset, text, timestamp } from '@sluice/author'
import { expect, test } from 'vitest'
import { asTyped, type PulledFile } from './open-file.ts'

const into = dataset('silver.orders', { on: 'lake', columns: { id: bigint(), note: text(), seen_at: timestamp() } })
const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'note', type: 'VARCHAR' },
  { name: 'seen', type: 'TIMESTAMP WITH TIME ZONE' },
]

const pulled = (from: Readonly<Record<string, string>>): PulledFile =>
  ({
    open: { columns: columns.map(({ name }) => ({ name, type: 'VARCHAR' })), rows: 'texts', typed: { columns, rows: 'values' } },
    map: { from: new Map(Object.entries(from)), added: new Map() },
  }) as unknown as PulledFile

test('values of a file are taken as they are where each column of the table has their type, else its texts', () => {
  expect(asTyped(pulled({ id: 'id', note: 'note', seen_at: 'seen' }), into).open).toMatchObject({ rows: 'values', columns })
  // 007 as a note would be 7.
  expect(asTyped(pulled({ id: 'id', note: 'id', seen_at: 'seen' }), into).open.rows).toBe('texts')
  expect(asTyped(pulled({ note: 'note' }), into).open.rows).toBe('values')
})
