import { expect, test } from 'vitest'
import type { WarehouseDictionary } from '../../schemas/warehouse-dictionary.ts'
import { dictionaryMarkdown, dictionaryText } from './dictionary-text.ts'

const bare = {
  description: null,
  owner: null,
  tags: [],
  key: [],
  references: [],
  checks: [],
  indexes: [],
  order: null,
  keep: null,
  partitions: null,
  grants: {},
  filledBy: [],
}
const column = { notNull: false, personal: false, default: null, generated: null, comment: null }
const shop: WarehouseDictionary = {
  project: 'shop',
  objects: [{ kind: 'view', name: 'shop.open', on: null, file: 'schema/views.sql', line: 3, comment: 'not paid' }],
  tables: [
    {
      ...bare,
      name: 'shop.people',
      kind: 'table',
      key: ['mail'],
      columns: [{ ...column, name: 'mail', type: 'text', notNull: true, personal: true }],
    },
    {
      ...bare,
      name: 'shop.sales',
      kind: 'table',
      description: 'one row | a sale',
      columns: [{ ...column, name: 'total', type: 'numeric(12,2)', default: '0', comment: 'in *euro*\nwith tax' }],
      references: [{ columns: ['mail'], table: 'shop.people', on: ['mail'] }],
      partitions: 'month of day',
      filledBy: [{ kind: 'load', name: 'sales', file: 'loads.ts', steps: [] }],
    },
  ],
}

test('a dictionary as Markdown has a section for each table, whatever stands in its texts', () => {
  expect(dictionaryMarkdown(shop)).toBe(`# Warehouse of shop

## shop.people

A table.

| Column | Type | Must be there | Filled | Personal | What it is |
|---|---|---|---|---|---|
| mail | text | yes |  | yes |  |

- key: mail

## shop.sales

A table. one row \\| a sale

| Column | Type | Must be there | Filled | Personal | What it is |
|---|---|---|---|---|---|
| total | numeric(12,2) |  | unless given: 0 |  | in \\*euro\\* with tax |

- refers to: [shop.people](#shoppeople) (mail) by mail
- partitions: month of day
- filled by: load sales (loads.ts)

## Declared in schema/

| What | Name | File | What it is |
|---|---|---|---|
| view | shop.open | schema/views.sql:3 | not paid |
`)
})

test('a dictionary for a terminal lists the columns of each table below its facts', () => {
  const text = dictionaryText(shop)
  expect(text).toContain('shop.people')
  expect(text.split('\n').find((line) => line.startsWith('total'))).toMatch(
    /^total +numeric\(12,2\) +- +unless given: 0 +- +in \*euro\* with tax$/,
  )
  expect(text).toMatch(/\nview +shop\.open +schema\/views\.sql:3 +not paid$/)
  expect(dictionaryText({ project: 'shop', tables: [], objects: [] })).toBe('shop declares no tables of the warehouse')
})
