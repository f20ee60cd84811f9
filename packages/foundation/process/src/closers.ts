export type Close = () => Promise<void>

/** What was opened, to be closed in the opposite order. */
export interface Closers {
  add(close: Close): void
  /** Closes everything, each once. One that fails keeps no other from closing; the first failure is thrown at the end. */
  close(): Promise<void>
}

export function closers(): Closers {
  const opened: Close[] = []
  return {
    add: (close) => opened.push(close),
    close: async () => {
      const failures: unknown[] = []
      for (const close of opened.splice(0).reverse()) await close().catch((failure: unknown) => failures.push(failure))
      if (failures.length > 0) throw failures[0]
    },
  }
}
