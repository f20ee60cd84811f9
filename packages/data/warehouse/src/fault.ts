import { isSluiceError } from '@sluice/core'
import { postgresErrors } from '@sluice/postgres'
import { warehouseErrors } from './errors.ts'

/**
 * What the database layer throws, in the warehouse's words: `warehouse.unavailable` (retryable) or `warehouse.failed`; others as they are.
 */
export function toWarehouseFault(error: unknown): unknown {
  if (!isSluiceError(error)) return error
  const { message, facts, next } = error
  const options = { facts, cause: error, ...(next === undefined ? {} : { next }) }
  if (postgresErrors.unavailable.is(error)) return warehouseErrors.unavailable(message, options)
  if (postgresErrors.failed.is(error)) return warehouseErrors.failed(message, options)
  return error
}

export async function inWarehouse<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw toWarehouseFault(error)
  }
}
