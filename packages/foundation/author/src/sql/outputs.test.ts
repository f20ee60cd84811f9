import { expect, test } from 'vitest'
import { integer, text } from '../columns/builders.ts'
import { dataset } from '../dataset/dataset.ts'
import { graphOf } from '../graph/graph.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import { sql } from '../statement/sql.ts'
import { sqlText } from '../statement/sql-text.ts'
import { check } from '../steps/check.ts'
import { model } from '../steps/model.ts'
import { given, modelTestSpec } from '../steps/model-test.ts'
import { task } from '../steps/plain.ts'
import { withOutputs } from './outputs.ts'
import { readAsTheyStand } from './parts.ts'

const columns = { coin: text({ notNull: true }), n: integer() }
const market = dataset('public.market', { on: 'warehouse', columns })
const found = dataset('public.found', { on: 'warehouse', columns, key: ['coin'] })
const chosen = task({
  name: 'choose',
  run: () => ({ coin: 'btc', deep: { kind: 'a', n: 1 as number | null }, list: [1], missing: undefined }),
})
const of = {
  into: found,
  from: { market },
  needs: { chosen },
  refresh: 'key',
} as const
const filled = model({
  ...of,
  query: ({ market }, { inputs }) =>
    sql`select coin, ${inputs.chosen.deep.n}::integer as n from ${market} where coin = ${inputs.chosen.coin}`,
})
const outputs = { chosen: { coin: 'btc', deep: { n: null } } }
const valuesOf = (statement: typeof filled.sql) => statement.parts.flatMap((part) => (part.kind === 'output' ? [part] : []))

test('a query names members of the output of a step that it needs, and is given their values where it runs', () => {
  expect(valuesOf(filled.sql)).toEqual([
    { kind: 'output', input: 'chosen', path: ['deep', 'n'] },
    { kind: 'output', input: 'chosen', path: ['coin'] },
  ])
  expect(valuesOf(withOutputs(filled.sql, outputs)).map(({ value }) => value)).toEqual([null, 'btc'])
  expect(valuesOf(withOutputs(filled.sql, { chosen: {} })).map(({ value }) => value)).toEqual([null, null])
})

test('in a file the names are the same', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a text of SQL with names in it
  const query = sqlText('a.sql', 'select coin, ${inputs.chosen.deep.n}::integer as n from ${market} where coin = ${inputs.chosen.coin}')
  expect(model({ ...of, query }).sql).toEqual(filled.sql)
})

test('the step comes into the pipeline before the model and the check that need it', () => {
  const enough = check({
    name: 'enough',
    on: found,
    needs: { chosen },
    rule: ({ inputs }) => sql`select count(*) > 0 as ok from ${found} where coin = ${inputs.chosen.coin}`,
    message: 'none',
  })
  const { spec } = graphOf(pipeline({ name: 'p', steps: [filled, enough] }))
  expect(spec.tasks.map(({ name, needs }) => [name, needs])).toEqual([
    ['choose', {}],
    ['public.found', { chosen: 'choose' }],
    ['enough', { chosen: 'choose' }],
  ])
})

test('what a run found is not what stands in a dataset whenever one looks', () => {
  expect(readAsTheyStand(filled.sql)).toEqual([])
})

test.each([
  ['an output that is not there', {}, 'chosen.deep.n: that step has no output'],
  ['a member that is a list', { chosen: { coin: [1] } }, 'chosen.coin: it is a list or an object'],
])('%s is refused by its name', (_, given, message) => {
  expect(() => withOutputs(filled.sql, given)).toThrow(
    expect.objectContaining({ code: 'task.output', message: expect.stringContaining(message) }),
  )
})

test('a test of a model gives the outputs that it needs', () => {
  const spec = modelTestSpec(given(filled, { market: [] }, { needs: outputs, expect: [] }))
  expect(valuesOf(spec.model.sql).map(({ value }) => value)).toEqual([null, 'btc'])
  expect(() => given(filled, { market: [] }, { needs: { chosne: {} }, expect: [] })).toThrow('there is no option "chosne"')
})
