import { inputErrors, type Keep, keepOf } from '@sluice/core'

/** @throws `input.invalid` */
export function parseKeep(text: string): Keep {
  const keep = keepOf(text)
  if (keep !== undefined) return keep
  throw inputErrors.invalid(`"${text}" does not say which backups are kept`, {
    next: 'Write how many (--keep 7), or for how long (--keep 30d).',
  })
}

/** Which of the backups go. The newest one stays whatever its age. Pure. */
export function expired<Backup extends { readonly takenAt: number }>(
  backups: readonly Backup[],
  keep: Keep,
  now: number,
): readonly Backup[] {
  const newestFirst = backups.toSorted((a, b) => b.takenAt - a.takenAt)
  return newestFirst.slice(1).filter(({ takenAt }, n) => ('count' in keep ? n + 1 >= keep.count : takenAt < now - keep.ms))
}
