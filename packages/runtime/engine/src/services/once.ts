/** Something opened at its first use. A failed opening is tried again at the next. */
export interface Once<T> {
  readonly get: () => Promise<T>
  /** What was opened, or `undefined`; opens nothing. */
  readonly opened: () => Promise<T | undefined>
}

export function once<T>(open: () => Promise<T>): Once<T> {
  let opening: Promise<T> | undefined
  return {
    get: () => {
      opening ??= open().catch((error: unknown) => {
        opening = undefined
        throw error
      })
      return opening
    },
    opened: async () => await opening,
  }
}
