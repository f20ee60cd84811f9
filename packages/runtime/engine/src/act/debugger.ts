import { open, url } from 'node:inspector'

/**
 * Whether a debugger can stop this process, however that was asked for. While a person looks at a line no time of an attempt runs: the
 * heartbeat, a thread of its own, keeps the lease.
 */
export const debuggable = (): boolean => url() !== undefined

/** Opens this process to debuggers of this machine, where the port is in use at any other one. Answers its address. */
export function openDebugger(port: number): string | null {
  if (!debuggable()) open(port, '127.0.0.1')
  if (!debuggable()) open(0, '127.0.0.1')
  return url() ?? null
}

/** Node waits at its end for debuggers to leave, and a person may look at it for hours. Its documented `close` waits too. */
export function closeDebugger(): void {
  const { _debugEnd: end } = process as { readonly _debugEnd?: () => void }
  end?.()
}
