const early = 5 * 60_000

/** Keeps a value until shortly before it expires. Concurrent requests share one call of the provider. */
export function remembered<T>(
  provide: () => Promise<T>,
  expiresAtMs: (value: T) => number | undefined,
): { get(): Promise<T>; forget(): void } {
  let current: Promise<T> | undefined
  let untilMs = 0
  return {
    async get() {
      if (current === undefined || Date.now() >= untilMs) {
        untilMs = Number.POSITIVE_INFINITY
        current = provide().then((value) => {
          untilMs = (expiresAtMs(value) ?? Number.POSITIVE_INFINITY) - early
          return value
        })
        current.catch(() => {
          current = undefined
        })
      }
      return await current
    },
    forget() {
      current = undefined
    },
  }
}
