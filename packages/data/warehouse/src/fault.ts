import { type ErrorCode, SluiceError } from '@sluice/core'

const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  'postgres.unavailable': 'warehouse.unavailable',
  'postgres.failed': 'warehouse.failed',
}

/** What the database layer throws, in the warehouse's words: `warehouse.unavailable` (retryable) or `warehouse.failed`; others as they are. */
export function toWarehouseFault(error: unknown): unknown {
  if (!(error instanceof SluiceError)) return error
  const code = codes[error.code]
  if (code === undefined) return error
  return new SluiceError(code, error.message, {
    facts: error.facts,
    cause: error,
    ...(error.next === undefined ? {} : { next: error.next }),
  })
}

export async function inWarehouse<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toWarehouseFault(error)
  }
}
