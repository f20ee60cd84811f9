import { expect, test } from 'vitest'
import { paramsOf } from './params.ts'

const pipeline = { name: 'daily', params: { assets: null, mode: 'all' } }

test('a run has the values that it is given, and those of the pipeline for the others', () => {
  expect(paramsOf(pipeline, { assets: 5 })).toEqual({ assets: 5, mode: 'all' })
  expect(paramsOf({ name: 'none', params: {} }, {})).toEqual({})
})

test.each([
  [pipeline, 'asets', 'Did you mean assets? Its parameters are assets, mode.'],
  [pipeline, 'day', 'Its parameters are assets, mode.'],
  [pipeline, 'constructor', 'Its parameters are assets, mode.'],
  [{ name: 'daily', params: {} }, 'assets', 'It declares none: write params: { ... } in the pipeline'],
] as const)('a parameter that is not declared is refused by its name, with those that are', (of, name, next) => {
  expect(() => paramsOf(of, { mode: 'x', [name]: 1 })).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      message: `daily has no parameter "${'params' in of && Object.keys(of.params).length === 0 ? 'mode' : name}"`,
    }),
  )
  expect(() => paramsOf(of, { [name]: 1 })).toThrow(expect.objectContaining({ next: expect.stringContaining(next) }))
})

test('a pipeline with a pull takes the files that are read again undeclared, and no other does', () => {
  const reread = { orders: ['a.csv'] }
  expect(paramsOf({ name: 'p', params: { n: 1 }, tasks: [{ kind: 'pull' }] }, { reread })).toEqual({ n: 1, reread })
  expect(() => paramsOf({ name: 'p', params: {}, tasks: [{ kind: 'task' }] }, { reread })).toThrow('p has no parameter "reread"')
})
