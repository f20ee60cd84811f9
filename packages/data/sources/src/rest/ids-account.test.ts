import { expect, test } from 'vitest'
import { idsAccount } from './ids-account.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

test('ids fail a pull above the share, and not at it', () => {
  const account = idsAccount(4, silent)
  account.fetched(['1', '2'], undefined)
  account.failed(['3', '4'], 'gone')
  expect(() => account.refuseTooMany('orders', 0.5)).not.toThrow()
  expect(() => account.refuseTooMany('orders', 0.49)).toThrow('orders: 2 of 4 ids failed, the first (3): gone')
})

test('each id is fetched, missing or failed', () => {
  const account = idsAccount(4, silent)
  account.fetched(['1', '2'], ['2'])
  account.failed(['3'], 'gone')
  account.fetched(['4'], undefined)
  expect(account.told()).toMatchObject({ asked: 4, fetched: 2, missing: ['1'], missingCount: 1, failedCount: 1 })
})
