import { definitionErrors, placeOf } from '@sluice/core'
import { expect, test } from 'vitest'
import { endOf } from './end-of.ts'

const stack = `SyntaxError: Unexpected end of JSON input
    at JSON.parse (<anonymous>)
    at parse (file:///srv/my%20data/.sluice/versions/254bd47f9ff2330b/node_modules/some/index.js:1:1)
    at pages (file:///srv/my%20data/.sluice/versions/254bd47f9ff2330b/my%20shop/pipelines/sales.ts:18:24)
    at async fill (file:///srv/my%20data/packages/data/lake/src/bronze/land.ts:90:22)`

test('of a stack the first line of the project counts, not one of a package or of the platform', () => {
  expect(placeOf(stack)).toBe('my shop/pipelines/sales.ts:18:24')
  expect(placeOf('Error: no\n    at file:///srv/.sluice/versions/2/shop/steps.ts:3:9')).toBe('shop/steps.ts:3:9')
  expect(placeOf('Error: no\n    at run (file:///srv/packages/engine/src/act/run-step.ts:3:9)')).toBeUndefined()
  expect(placeOf(undefined)).toBeUndefined()
})

const thrown = (error: Error) => endOf(Object.assign(error, { stack }), (text) => text)

test('an error of the code of a task says where it was thrown', () => {
  expect(thrown(new SyntaxError('Unexpected end of JSON input'))).toMatchObject({
    error: {
      code: 'task.failed',
      next: 'Look at my shop/pipelines/sales.ts:18:24, where it was thrown; correct it and clear the task.',
      facts: { place: 'my shop/pipelines/sales.ts:18:24' },
    },
  })
  expect(thrown(definitionErrors.invalid('columns differ', { next: 'Make them the same.' }))).toMatchObject({
    error: { next: 'Make them the same. It was thrown at my shop/pipelines/sales.ts:18:24.' },
  })
})
