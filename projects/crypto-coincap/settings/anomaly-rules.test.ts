import { expect, test } from 'vitest'
import { anomalyRules } from './anomaly-rules.ts'

test('the rules as delivered ask for 10 percent, and the volume rule is on (X-3)', () => {
  expect(anomalyRules.versions.at(-1)?.rules).toEqual({
    variation: { warning: 10, critical: 20 },
    volume: { warning: 1e11, critical: 2e11 },
  })
})
