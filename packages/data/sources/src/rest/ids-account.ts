import type { Logger } from '@sluice/author'
import type { AskedIds } from '@sluice/core'
import { sourceErrors } from '../errors.ts'

/** Of ids a receipt names so many; the log names all. */
const namedInReceipt = 1_000

/** What became of each id: every one is fetched, missing or failed. */
export interface IdsAccount {
  /** @param answered the ids that rows answer; `undefined` where rows do not say theirs */
  fetched(ids: readonly string[], answered: readonly string[] | undefined): void
  failed(ids: readonly string[], why: string): void
  told(): AskedIds
  /** @throws `source.items_failed` where more failed than the share allows */
  refuseTooMany(source: string, share: number): void
}

export function idsAccount(asked: number, log: Logger): IdsAccount {
  const missing: string[] = []
  const failures: { readonly id: string; readonly why: string }[] = []
  let fetchedCount = 0
  return {
    fetched(ids, answered) {
      const there = answered === undefined ? undefined : new Set(answered)
      for (const id of ids) {
        if (there === undefined || there.has(id)) fetchedCount++
        else {
          missing.push(id)
          log.warn(`no row answers the id ${id}`, { id })
        }
      }
    },
    failed(ids, why) {
      for (const id of ids) {
        failures.push({ id, why })
        log.warn(`the id ${id} failed: ${why}`, { id, why })
      }
    },
    told: () => ({
      asked,
      fetched: fetchedCount,
      missing: missing.slice(0, namedInReceipt),
      missingCount: missing.length,
      failed: failures.slice(0, namedInReceipt),
      failedCount: failures.length,
    }),
    refuseTooMany(source, share) {
      if (failures.length === 0 || failures.length <= asked * share) return
      throw sourceErrors.items_failed(
        `${source}: ${failures.length} of ${asked} ids failed, the first (${failures[0]?.id}): ${failures[0]?.why}`,
        {
          facts: { source, asked, failed: failures.length, share },
          next: 'The log names each of them. Correct the ids, or let the source allow more: ids: { fail: 1 }.',
        },
      )
    },
  }
}
