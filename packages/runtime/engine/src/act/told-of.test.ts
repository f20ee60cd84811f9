import type { ErrorRecord } from '@sluice/core'
import { expect, test } from 'vitest'
import { toldOf } from './told-of.ts'

const ours = 'SluiceError: no\n    at endOf (/app/node_modules/sluice/dist/pull.js:12:3)'
const own = `${ours}\n    at run (/state/versions/0a1b/shop/pipelines/sales.ts:18:24)`
const error = (of: Partial<ErrorRecord>): ErrorRecord => ({ code: 'file.drift', kind: 'permanent', message: 'no', stack: ours, ...of })

test('what is wrong with a file is told without frames of the platform, and what code may be at fault of with them', () => {
  expect(toldOf(error({}))).toEqual({ code: 'file.drift', kind: 'permanent', message: 'no' })
  for (const kept of [error({ stack: own }), error({ code: 'task.failed' }), error({ code: 'bug.unreachable', kind: 'bug' })])
    expect(toldOf(kept)).toBe(kept)
})
