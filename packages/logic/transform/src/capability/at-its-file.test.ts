import { definitionErrors } from '@sluice/core'
import { expect, test } from 'vitest'
import { atItsFile } from './open.ts'

test('what is wrong with the SQL of a model is told with the file and the line of the model, besides the place in what was run', () => {
  const definedAt = new Error('public.totals')
  definedAt.stack = 'Error: public.totals\n    at file:///srv/.sluice/versions/254bd47f9ff2330b/shop/models/totals.ts:4:13'
  const fault = definitionErrors.invalid('the query for public.totals: column "n" does not exist (line 1, column 8)', {
    next: 'Correct it.',
  })
  expect(atItsFile({ name: 'public.totals', definedAt }, fault)).toMatchObject({
    message: fault.message,
    next: 'Correct it. The model public.totals is declared at shop/models/totals.ts:4:13.',
    facts: { place: 'shop/models/totals.ts:4:13' },
  })
  const other = new Error('away')
  expect(atItsFile({ name: 'public.totals', definedAt }, other)).toBe(other)
})
