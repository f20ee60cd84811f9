export type Close = () => Promise<void>

/** What was opened, to be closed in the opposite order. */
export interface Closers {
  add(close: Close): void
  /**
   * Closes everything, each once, and what is added meanwhile too. One that fails keeps no other from closing; the first failure is thrown
   * at the end. Who asks while another closes waits for the same end.
   */
  close(): Promise<void>
}

export function closers(): Closers {
  const opened: Close[] = []
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = []
    for (let close = opened.pop(); close !== undefined; close = opened.pop()) {
      try {
        await close()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  return {
    add: (close) => opened.push(close),
    close: () => {
      closing ??= closeAll().finally(() => {
        closing = undefined
      })
      return closing
    },
  }
}
