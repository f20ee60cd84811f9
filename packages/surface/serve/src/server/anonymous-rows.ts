const most = 60
const spanMs = 60_000

export type AnonymousRows = ReturnType<typeof createAnonymousRows>

/**
 * Rows about callers who did not say who they are: 60 a minute, so that nobody fills the disk without credentials. Those that were left out
 * are counted in the next row.
 */
export function createAnonymousRows() {
  let since = Number.NEGATIVE_INFINITY
  let written = 0
  let omitted = 0
  return {
    /** How many were left out before this one; `undefined`: this one is left out, too. */
    next(now: number): number | undefined {
      if (now - since >= spanMs) {
        since = now
        written = 0
      }
      if (written >= most) {
        omitted++
        return undefined
      }
      written++
      const before = omitted
      omitted = 0
      return before
    },
  }
}
