import { dataset, date, foreignKey, identity, integer, text } from '@sluice/author'
import { expect, test } from 'vitest'
import { dictionaryOf } from './dictionary.ts'
import { sales } from './testing/sales.ts'

const people = dataset('shop.people', {
  on: 'warehouse',
  columns: { id: identity(), mail: text({ notNull: true, personal: true, comment: 'where bills go' }) },
  key: ['id'],
  indexes: [{ unique: ['mail'] }],
})
const summary = dataset('shop.months', { on: 'warehouse', as: 'view', columns: { month: date() } })
const lake = dataset('silver.sales', { on: 'lake', columns: { no: integer() } })
const toPeople = foreignKey({ from: sales, columns: ['mail'], to: people, on: ['mail'] })

test('a dictionary says of each table what its dataset says, in words of PostgreSQL', () => {
  const { project, tables } = dictionaryOf('shop', [sales, lake, summary, people], [toPeople])
  expect([project, tables.map(({ name, kind }) => `${kind} ${name}`)]).toEqual([
    'shop',
    ['view shop.months', 'table shop.people', 'table shop.sales'],
  ])
  expect(tables[1]).toMatchObject({
    columns: [
      { name: 'id', type: 'bigint', notNull: true, personal: false, generated: 'identity' },
      { name: 'mail', type: 'text', notNull: true, personal: true, comment: 'where bills go' },
    ],
    indexes: [{ unique: true, what: 'btree ("mail")' }],
  })
  expect(tables[2]).toMatchObject({
    description: 'one row a sale',
    owner: 'finance',
    tags: ['money'],
    key: ['no', 'day'],
    references: [{ columns: ['mail'], table: 'shop.people', on: ['mail'] }],
    checks: ['status must be one of open, paid', 'total must be at least 0'],
    indexes: [{ unique: false, what: `btree ((lower(mail))) where status = 'open'` }],
    order: 'day',
    keep: '400d',
    partitions: 'month of day',
    grants: { select: ['analysts'] },
  })
  expect(tables[2]?.columns.map(({ type, default: given }) => [type, given])).toEqual([
    ['integer', null],
    ['date', null],
    ['text', "'open'"],
    ['numeric(12,2)', null],
    ['text', null],
  ])
})
