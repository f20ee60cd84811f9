import { cron, type DatasetRef } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { sensor, task } from './authoring.ts'
import { decimal, text } from './columns.ts'
import { graphOf } from './graph.ts'
import { load } from './load.ts'
import { model } from './model.ts'
import { pipeline } from './pipeline.ts'
import { sql } from './sql.ts'
import { group } from './step.ts'
import { table } from './table.ts'

const up = sensor({ name: 'api_up', every: '30s', timeout: '10m', onTimeout: 'skip', poll: () => ({ region: 'eu' }) })
const landed: DatasetRef<'lake'> = {
  store: 'lake',
  dataset: 'p:lake.bronze.assets',
  batch: 'b',
  generation: 1,
  version: 'v',
  rows: 1,
}
const bronze = group('bronze', { retry: { attempts: 5, delay: '2s' }, timeout: '1m' })
const land = task({
  name: 'extract',
  in: bronze,
  needs: { up },
  run: (): DatasetRef<'lake'> => landed,
})
const assets = model({
  name: 'silver.assets',
  on: 'lake',
  columns: { id: text(), price: decimal(38, 18) },
  refresh: { by: 'batch' },
  query: ({ batch }) => sql`select id, price from ${land} where ${batch.rows}`,
})
const prices = table({ name: 'public.prices', columns: { id: text(), price: decimal(38, 18) }, key: ['id'] })
const loaded = load({ from: assets, into: prices, mode: 'append' })
const clean = task({ name: 'clean', after: { land }, run: () => {} })
const report = task({ name: 'report', needs: { loaded }, after: [clean, loaded], rule: 'all_done', run: () => 1 })
const whole = pipeline({ name: 'crypto', schedule: cron('@daily'), catchup: true, steps: [report] })

describe('the graph of a pipeline', () => {
  it('has every step above the final ones once, each behind those above it', () => {
    const { spec, steps } = graphOf(whole)
    expect(spec.tasks.map(({ name }) => name)).toEqual(['api_up', 'extract', 'silver.assets', 'load_prices', 'clean', 'report'])
    expect([...steps.keys()]).toEqual(spec.tasks.map(({ name }) => name))
    spec.tasks.forEach(({ upstream }, index) => {
      const before = spec.tasks.slice(0, index).map(({ name }) => name)
      expect(before).toEqual(expect.arrayContaining([...upstream]))
    })
  })

  it('has edges from needs, after and references in SQL, each once', () => {
    const edges = Object.fromEntries(graphOf(whole).spec.tasks.map(({ name, upstream }) => [name, upstream]))
    expect(edges).toEqual({
      api_up: [],
      extract: ['api_up'],
      'silver.assets': ['extract'],
      load_prices: ['silver.assets'],
      clean: ['extract'],
      report: ['clean', 'load_prices'],
    })
  })

  it('is JSON with defaults resolved', () => {
    const { spec } = graphOf(whole)
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(spec).toMatchObject({
      name: 'crypto',
      description: null,
      schedule: { cron: '0 0 * * *' },
      catchup: true,
      maxActiveRuns: 1,
      params: {},
    })
    const named = Object.fromEntries(spec.tasks.map((each) => [each.name, each]))
    expect(named.api_up).toMatchObject({ kind: 'sensor', everyMs: 30_000, timeoutMs: 600_000, onTimeout: 'skip', writes: null })
    expect(named.extract).toMatchObject({
      group: 'bronze',
      timeoutMs: 60_000,
      retry: { attempts: 5, delayMs: 2_000 },
      needs: { up: 'api_up' },
    })
    expect(named['silver.assets']).toMatchObject({ kind: 'model', writes: 'silver.assets', everyMs: null })
    expect(named.load_prices).toMatchObject({ kind: 'load', writes: 'public.prices', needs: { 'silver.assets': 'silver.assets' } })
    expect(named.report).toMatchObject({ rule: 'all_done', needs: { loaded: 'load_prices' }, retry: { attempts: 1 } })
  })

  it('walks a wide lattice of diamonds once a step', () => {
    let layer = [task({ name: 'l0_0', run: () => 1 })]
    for (let depth = 1; depth <= 40; depth++) {
      layer = [0, 1, 2].map((at) => task({ name: `l${depth}_${at}`, after: layer, run: () => 1 }))
    }
    expect(graphOf(pipeline({ name: 'lattice', steps: layer })).spec.tasks).toHaveLength(1 + 40 * 3)
  })
})

describe('two steps of one name', () => {
  const refused = expect.objectContaining({ code: 'definition.invalid', message: expect.stringContaining('two steps are named "twin"') })
  const twin = task({ name: 'twin', run: () => 1 })

  it('are refused side by side', () => {
    const other = task({ name: 'twin', run: () => 2 })
    expect(() => graphOf(pipeline({ name: 'p', steps: [twin, other] }))).toThrow(refused)
  })

  it('are refused one above the other, near or far', () => {
    const below = task({ name: 'twin', needs: { twin }, run: () => 2 })
    expect(() => graphOf(pipeline({ name: 'p', steps: [below] }))).toThrow(refused)
    const between = task({ name: 'between', needs: { twin }, run: () => 2 })
    const farBelow = task({ name: 'twin', needs: { between }, run: () => 3 })
    expect(() => graphOf(pipeline({ name: 'p', steps: [farBelow] }))).toThrow(refused)
  })

  it('are refused within one query', () => {
    const named = (rows: string) =>
      model({ name: 'silver.twin', on: 'lake', columns: { id: text() }, refresh: { by: 'full' }, query: () => sql`select ${rows} as id` })
    const [one, two] = [named('a'), named('b')]
    const both = () =>
      model({
        name: 'silver.both',
        on: 'lake',
        columns: { id: text() },
        refresh: { by: 'full' },
        query: () => sql`select * from ${one} union all select * from ${two}`,
      })
    expect(both).toThrow(/refers to two steps named "silver.twin"/)
  })

  it('are one step when they are the same value', () => {
    expect(graphOf(pipeline({ name: 'p', steps: [twin, twin] })).spec.tasks).toHaveLength(1)
  })
})

describe('a pipeline', () => {
  it('without steps, with a strange name or with no room for a run is refused', () => {
    const step = task({ name: 'a', run: () => 1 })
    expect(() => pipeline({ name: 'p', steps: [] })).toThrow(/has no steps/)
    expect(() => pipeline({ name: 'a/b', steps: [step] })).toThrow(/not a pipeline name/)
    expect(() => pipeline({ name: 'p', maxActiveRuns: 0, steps: [step] })).toThrow(/not a number of runs/)
    expect(() => task({ name: '../a', run: () => 1 })).toThrow(/not a step name/)
  })
})
