import { describe, expect, it } from 'vitest'
import {
  bigint,
  type Columns,
  dataset,
  decimal,
  identity,
  integer,
  json,
  raw,
  rowChecksOf,
  text,
  timestamp,
  unique,
  within,
} from '../index.ts'

const refusedWith = (what: string) => expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining(what) })
const columns: Columns = { id: text(), at: timestamp() }

describe('a dataset', () => {
  it('is known by its store and name', () => {
    const { id, on, name } = dataset('silver.a', { on: 'lake', columns })
    expect({ id, on, name }).toEqual({ id: 'lake.silver.a', on: 'lake', name: 'silver.a' })
  })

  it('is read as a batch, as its newest rows, or as those of a span', () => {
    const a = dataset('silver.a', { on: 'lake', columns: { at: timestamp() }, order: 'at' })
    expect([a.batch, a.latest, a.since('3d')].flatMap(({ parts }) => parts)).toEqual([
      { kind: 'dataset', id: 'lake.silver.a', rows: 'batch' },
      { kind: 'dataset', id: 'lake.silver.a', rows: 'latest' },
      { kind: 'dataset', id: 'lake.silver.a', rows: 'since', ms: 259_200_000 },
    ])
  })

  it('has rules without saying so: its key is not null and unique, a list of values is a check', () => {
    const a = dataset('silver.a', {
      on: 'lake',
      columns: { id: text(), kind: text({ oneOf: ['up', 'down'] }), n: integer() },
      key: ['id'],
      checks: [within('n', { min: 0 }), unique('kind')],
    })
    expect(rowChecksOf(a)).toEqual([
      { kind: 'not_null', columns: ['id'] },
      { kind: 'accepted', column: 'kind', values: ['up', 'down'] },
      { kind: 'within', column: 'n', min: '0', max: null },
      { kind: 'unique', columns: ['kind'] },
      { kind: 'unique', columns: ['id'] },
    ])
  })

  it('has its references as foreign keys by name', () => {
    const to = dataset('public.to', { on: 'warehouse', columns: { id: text(), n: integer() }, key: ['id'] })
    const from = dataset('public.from', {
      on: 'warehouse',
      columns: { id: text(), other: text(), n: integer() },
      key: ['id'],
      references: { other: to, id: 'self', n: [to, 'n'] },
    })
    expect(from.facts.references).toEqual([
      { from: 'warehouse.public.from', columns: ['other'], to: 'warehouse.public.to', on: ['id'] },
      { from: 'warehouse.public.from', columns: ['id'], to: 'warehouse.public.from', on: ['id'] },
      { from: 'warehouse.public.from', columns: ['n'], to: 'warehouse.public.to', on: ['n'] },
    ])
  })

  it.each<readonly [string, () => unknown]>([
    ['is not a dataset name', () => dataset('silver.a b', { on: 'lake', columns })],
    ['no layer "mart"', () => dataset('mart.a', { on: 'lake', columns })],
    ['one of columns, bodies and files', () => dataset('silver.a', { on: 'lake' })],
    ['one of columns, bodies and files', () => dataset('bronze.a', { on: 'lake', columns, bodies: raw() })],
    ['bronze holds answers as they came, not columns', () => dataset('bronze.a', { on: 'lake', columns })],
    ['gold holds files, not columns', () => dataset('gold.a', { on: 'lake', columns })],
    ['the lake keeps the folder _files for itself', () => dataset('silver._files', { on: 'lake', columns })],
    ['pg_catalog is a schema of PostgreSQL itself', () => dataset('pg_catalog.a', { on: 'warehouse', columns })],
    ['pg_toast is a schema of PostgreSQL itself', () => dataset('pg_toast.a', { on: 'warehouse', columns })],
    ['information_schema is a schema of PostgreSQL itself', () => dataset('information_schema.a', { on: 'warehouse', columns })],
    ['it has no columns', () => dataset('silver.a', { on: 'lake', columns: {} })],
    ['there is no column "n"', () => dataset('silver.a', { on: 'lake', columns, checks: [unique('n')] })],
    ['there is no column "n"', () => dataset('public.a', { on: 'warehouse', columns, indexes: [['id', 'n']] })],
    ['is filled by the database', () => dataset('silver.a', { on: 'lake', columns: { id: identity() } })],
    ['there are no bodies', () => dataset('silver.a', { on: 'lake', columns: { id: text({ at: '$.id' }) } })],
    ['is not a duration', () => dataset('silver.a', { on: 'lake', columns: { at: timestamp() }, order: 'at', keep: '1e3s' })],
    ['lists no value', () => text({ oneOf: [] })],
    ['no store holds it', () => decimal(39, 1)],
  ])('is refused where the types do not see that %s', (what, define) => {
    expect(define).toThrow(refusedWith(what))
  })
})

describe('bodies of JSON', () => {
  it('are rows of the fields, of those around, and of what every body has', () => {
    const bodies = json('$.data[*]', { id: text(), price: text({ at: '$.quote.USD.price' }) }, { at: bigint({ at: '$.timestamp' }) })
    expect(Object.keys(bodies.columns)).toEqual(['ingested_at', 'source', 'request', 'page', 'at', 'id', 'price'])
    expect(bodies.path).toEqual({ keys: ['data'], each: true })
  })

  it.each([
    ['$', { keys: [], each: false }],
    ['$[*]', { keys: [], each: true }],
    ['$.a.b', { keys: ['a', 'b'], each: false }],
    ['$."two words".b[*]', { keys: ['two words', 'b'], each: true }],
  ] as const)('are read at %s', (path, expected) => {
    expect(json(path, { id: text() }).path).toEqual(expected)
  })

  it.each(['$.', '$data', '$.a[0]', '$.a[*].b'] as const)('are refused at %s', (path) => {
    expect(() => json(path, { id: text() })).toThrow(refusedWith('this is not a path'))
  })

  it('are refused where a field lies nowhere, or two columns have one name', () => {
    expect(() => json('$', { id: text({ at: '$.a[0]' }) })).toThrow(refusedWith('not a path to a field'))
    expect(() => json('$', { source: text() })).toThrow(refusedWith('two columns are named "source"'))
  })
})
