/**
 * The first SIGINT, SIGTERM or SIGHUP asks the command to end and clean up, the second ends it at once.
 */
export interface Signals {
  readonly signal: AbortSignal
  /** Ends the command as a signal would. */
  end(): void
  /** 128 and the signal's number; `undefined` when none came. */
  exitCode(): number | undefined
}

const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export function watchSignals(): Signals {
  const controller = new AbortController()
  let code: number | undefined
  for (const [name, number] of Object.entries(numbers)) {
    process.on(name, () => {
      if (code !== undefined) process.exit(128 + number)
      code = 128 + number
      if (process.stderr.isTTY === true) process.stderr.write('\nstopping; once more ends at once\n')
      controller.abort()
    })
  }
  return { signal: controller.signal, end: () => controller.abort(), exitCode: () => code }
}

/**
 * Started by npm or npx, a long-lived command also ends when its parent is gone: `npx` does not pass SIGTERM on, and would leave it behind.
 */
export function endWithParent(abort: () => void): void {
  if (process.env.npm_lifecycle_event === undefined && process.env.npm_execpath === undefined) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) abort()
  }, 1_000).unref()
}
