import { isSluiceError, SluiceError } from '@sluice/core'
import { DeltaError } from '@sluice/delta'

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
    if (isSluiceError(at) && at.code === 'disk.full') return true
    if (fullDisk.has(errnoOf(at) ?? '') || fullDiskText.test(at.message)) return true
  }
  return false
}

function diskFull(cause: unknown, doing: string): SluiceError {
  return new SluiceError('disk.full', `The disk was full while ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
    next: 'Free space on the disk of the lake (sluice lake vacuum removes old versions); the task tries again, nothing was half written.',
  })
}

function deltaFailure(error: DeltaError, doing: string): SluiceError {
  const code =
    error.code === 'commit.conflict'
      ? 'lake.conflict'
      : error.code === 'table.missing' || error.code === 'version.missing'
        ? 'lake.dataset_unknown'
        : 'delta.failed'
  return new SluiceError(code, `${error.message} (while ${doing})`, {
    cause: error,
    facts: { ...error.facts, delta: error.code },
    next: error.next,
  })
}
