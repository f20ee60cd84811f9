import { diskErrors, type SluiceError } from '@sluice/core'
import { DeltaError } from '@sluice/delta'
import { deltaErrors, lakeErrors } from './errors.ts'

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const fullDiskText = /No space left|ENOSPC|EFBIG|EDQUOT|disk full|File too large/i

/** `code` of a Node system error, `undefined` for anything else. */
export const errnoOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined

/** Whatever a write to the lake threw, as a `SluiceError`; `doing` says what was being written. */
export function failureOf(thrown: unknown, doing: string): unknown {
  if (isFullDisk(thrown)) return diskFull(thrown, doing)
  if (thrown instanceof DeltaError) return deltaFailure(thrown, doing)
  return thrown
}

/** True for a full disk however it was noticed: by Node, by DuckDB, or by either inside a `DeltaError`. */
export function isFullDisk(thrown: unknown): boolean {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (diskErrors.full.is(at)) return true
    if (fullDisk.has(errnoOf(at) ?? '') || fullDiskText.test(at.message)) return true
  }
  return false
}

function diskFull(cause: unknown, doing: string): SluiceError {
  return diskErrors.full(`The disk was full while ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
    next: 'Free space on the disk of the lake (sluice lake vacuum removes old versions); the task tries again, nothing was half written.',
  })
}

function deltaFailure(error: DeltaError, doing: string): SluiceError {
  const message = `${error.message} (while ${doing})`
  const options = { cause: error, facts: { ...error.facts, delta: error.code }, next: error.next }
  switch (error.code) {
    case 'commit.conflict':
      return lakeErrors.conflict(message, options)
    case 'table.missing':
      return lakeErrors.dataset_unknown(message, options)
    case 'version.missing':
      return lakeErrors.dataset_unknown(message, { ...options, next: 'Name a version that `sluice lake history DATASET` lists.' })
    default:
      return deltaErrors.failed(message, options)
  }
}
