import { bigint, type Columns, date, fileSource, integer, text } from '@sluice/author'
import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { type ColumnsMet, inWords, mapColumns, plainName, refusedBy, spelled } from './columns.ts'

const orders: Columns = { order_id: bigint({ notNull: true }), customer: text(), ordered_on: date(), total: integer() }
const met = (file: readonly string[], more: Partial<ColumnsMet> = {}): ColumnsMet => ({
  file,
  columns: orders,
  key: [],
  declared: {},
  policies: fileSource({ folder: 'inbox' }).drift,
  fits: () => false,
  ...more,
})
const mapOf = (file: readonly string[], more?: Partial<ColumnsMet>) => {
  const { from, drift, added, fault } = mapColumns(met(file, more))
  return { from: Object.fromEntries(from), drift: drift.map(inWords), added: Object.fromEntries(added), fault }
}

test('columns go by their names, and then without case, spaces, marks and accents', () => {
  expect(mapOf(['Order ID', 'CUSTOMER', 'orderedOn', 'Tòtal'])).toEqual({
    from: { order_id: 'Order ID', customer: 'CUSTOMER', ordered_on: 'orderedOn', total: 'Tòtal' },
    drift: [],
    added: {},
    fault: undefined,
  })
  expect(mapOf(['order_id', 'Order ID', 'customer', 'ordered_on', 'total'])).toMatchObject({ from: { order_id: 'order_id' } })
})

test('a name that the pull declares comes first, and what it does not find is missing', () => {
  const declared = { customer: 'Nom du client' }
  expect(mapOf(['order_id', 'nom du  client', 'customer', 'ordered_on', 'total'], { declared })).toMatchObject({
    from: { customer: 'nom du  client' },
    drift: ['the column "customer" is new'],
  })
  expect(mapOf(['order_id', 'customer', 'ordered_on', 'total'], { declared }).drift).toEqual([
    'the column customer is missing, and "customer" has nearly its name',
  ])
})

test('two columns of a file that are one name, and one that may fill two, are faults', () => {
  expect(mapOf(['Order ID', 'order-id']).fault).toBe('the columns "Order ID" and "order-id" are one name to order_id')
  const columns = { order_id: text(), orderid: text() }
  expect(mapOf(['Order ID'], { columns }).fault).toBe('the column "Order ID" may fill order_id and orderid')
  expect(mapOf(['orderid', 'order_id'], { columns })).toMatchObject({
    from: { order_id: 'order_id', orderid: 'orderid' },
    fault: undefined,
  })
})

const drifted = ['order_id', 'customer_name', 'ordered_on', 'discount']

test.each([
  ['refuse', { order_id: 'order_id', ordered_on: 'ordered_on' }, [], ['renamed', 'missing', 'new']],
  ['ignore', { order_id: 'order_id', ordered_on: 'ordered_on' }, [], []],
  ['add', { order_id: 'order_id', customer: 'customer_name', ordered_on: 'ordered_on' }, ['discount'], []],
] as const)('under "%s" a drifted file is mapped, added to and refused as the policy says', (drift, from, added, refused) => {
  const map = mapColumns(met(drifted, { policies: fileSource({ folder: 'inbox', drift }).drift }))
  expect(Object.fromEntries(map.from)).toEqual(from)
  expect([...map.added.values()]).toEqual(added)
  expect(refusedBy(map.drift).map(({ event }) => event)).toEqual(refused)
})

test('a column in the place of a missing one is a renamed one only where its values fit', () => {
  const file = ['order_id', 'kunde', 'ordered_on', 'total']
  expect(mapOf(file).drift).toEqual(['the column customer is missing', 'the column "kunde" is new'])
  expect(mapOf(file, { fits: (from, column) => from === 'kunde' && column === 'customer' }).drift).toEqual([
    'the column customer is missing, and "kunde" stands in its place',
  ])
})

test('a column that must not be null is refused where it is missing, whatever the policy', () => {
  const policies = fileSource({ folder: 'inbox', drift: 'ignore' }).drift
  expect(refusedBy(mapColumns(met(['customer', 'ordered_on', 'total'], { policies })).drift)).toMatchObject([{ column: 'order_id' }])
  expect(refusedBy(mapColumns(met(['order_id', 'ordered_on', 'total'], { policies, key: ['customer'] })).drift)).toMatchObject([
    { column: 'customer' },
  ])
})

test('each column of a file fills at most one, whatever its names, and all are told that fill none', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'A', 'a_', 'b', 'B b', 'bb', 'c', 'total', 'Total', 'totale', 'x'), { minLength: 1 })
  fc.assert(
    fc.property(names, names, (file, ofDataset) => {
      const columns = Object.fromEntries(ofDataset.map((name) => [name, text()]))
      const map = mapColumns(met(file, { columns }))
      if (map.fault !== undefined) return
      const taken = [...map.from.values()]
      expect(new Set(taken).size).toBe(taken.length)
      for (const [column, from] of map.from) expect(plainName(column)).toBe(plainName(from))
      const told = map.drift.flatMap((each) => ('from' in each ? [each.from] : each.event === 'new' ? [each.column] : []))
      expect([...taken, ...told].sort()).toEqual([...file].sort())
      const lacking = map.drift.flatMap((each) => (each.event === 'new' ? [] : [each.column]))
      expect([...map.from.keys(), ...lacking].sort()).toEqual([...ofDataset].sort())
    }),
  )
})

test('a column is added under the name that the table has for it, and never under that of another one', () => {
  const { drift: policies } = fileSource({ folder: 'inbox', drift: 'add' })
  const file = ['order_id', 'customer', 'ordered_on', 'total']
  const added = new Map([['discount', 'Discount']])
  expect(mapOf([...file, 'DISCOUNT', 'Note'], { policies, added }).added).toEqual({ Discount: 'DISCOUNT', note: 'Note' })
  expect(mapOf([...file, 'Unit price'], { policies, added: new Map([['unit_price', 'unit_price']]) }).added).toEqual({
    unit_price: 'Unit price',
  })
  expect(mapOf([...file, 'Unit price', 'unit-price'], { policies }).fault).toContain('would both be added as unit_price')
  expect(mapOf([...file, '_Batch'], { policies }).fault).toBe('the column "_Batch" cannot be added, since another one has its name')
  const declared = { customer: 'Client' }
  expect(mapOf([...file, 'Client'], { policies, declared }).fault).toBe(
    'the column "customer" cannot be added, since another one has its name',
  )
})

test('a column that is added is spelled as those of datasets are', () => {
  const names = ['Unit price', 'orderId', 'Größe (cm)', '2nd name', ' Ort ', '日付', '#', 'already_so']
  expect(names.map(spelled)).toEqual(['unit_price', 'order_id', 'große_cm', '_2nd_name', 'ort', '日付', '#', 'already_so'])
})
