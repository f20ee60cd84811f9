import { endWithParent } from './signals.ts'

/** Resolves when the command is told to stop, or when npm started it and is gone. */
export function stayUp(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Keeps the process alive even when nothing else does.
    const alive = setInterval(() => undefined, 1 << 30)
    const end = (): void => {
      clearInterval(alive)
      resolve()
    }
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    endWithParent(end)
  })
}
