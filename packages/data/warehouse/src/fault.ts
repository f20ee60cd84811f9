import { isSluiceError } from '@sluice/core'
import { postgresErrors } from '@sluice/postgres'
import { warehouseErrors } from './errors.ts'

/** What to do where the server's own words leave that open, by SQLSTATE and message. */
const advice: readonly (readonly [sqlstate: string, message: RegExp, next: string])[] = [
  ['42P01', /./, 'Correct the name, or make the table by a migration: "sluice warehouse diff --write NAME" writes it for a dataset.'],
  [
    '42704',
    /^.*role .* does not exist/,
    'Make the role first (create role NAME), as one who may, or take it out of grants of the dataset.',
  ],
  ['55000', /deferrable unique constraints/, 'Make the key of the table not deferrable, by a migration: a load goes by it row by row.'],
  ['42501', /row-level security/, 'Take the policy from the table or let it pass the role that loads: a load counts every row.'],
]

/**
 * What the database layer throws, in the warehouse's words: `warehouse.unavailable` (retryable) or `warehouse.failed`; others as they are.
 */
export function toWarehouseFault(error: unknown): unknown {
  if (!isSluiceError(error)) return error
  const { message, facts } = error
  const next = advice.find(([sqlstate, pattern]) => facts.sqlstate === sqlstate && pattern.test(message))?.[2] ?? error.next
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
