import { durationMs, inputErrors } from '@sluice/core'

/** How many backups are kept (`7`), or for how long (`30d`). */
export type Keep = { readonly count: number } | { readonly ms: number }

/** @throws `input.invalid` */
export function parseKeep(text: string): Keep {
  const count = /^\d+$/.test(text) ? Number(text) : undefined
  if (count !== undefined && count > 0) return { count }
  try {
    if (count === undefined) return { ms: durationMs(text) }
  } catch {
    // Told below, with both forms.
  }
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
