/**
 * The first SIGINT, SIGTERM or SIGHUP asks the command to end and clean up, the second ends it at once.
 */
export function watchSignals(note: (text: string) => void): { readonly signal: AbortSignal; readonly exitCode: () => number | undefined } {
  const controller = new AbortController()
  let code: number | undefined
  const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const
  for (const [name, number] of Object.entries(numbers)) {
    process.on(name, () => {
      if (code !== undefined) process.exit(128 + number)
      code = 128 + number
      if (process.stderr.isTTY === true) note('\nstopping; once more ends at once')
      controller.abort()
    })
  }
  return { signal: controller.signal, exitCode: () => code }
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
