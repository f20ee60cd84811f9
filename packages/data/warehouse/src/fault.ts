import { isSluiceError } from '@sluice/core'
import { postgresErrors } from '@sluice/postgres'
import { warehouseErrors } from './errors.ts'

const noSuchTable = '42P01'
const missingTable =
  'Correct the name, or make the table by a migration: `sluice warehouse migrate --dry-run` gives the text of those that are missing.'

/**
 * What the database layer throws, in the warehouse's words: `warehouse.unavailable` (retryable) or `warehouse.failed`; others as they are.
 */
export function toWarehouseFault(error: unknown): unknown {
  if (!isSluiceError(error)) return error
  const { message, facts } = error
  const next = facts.sqlstate === noSuchTable ? missingTable : error.next
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
