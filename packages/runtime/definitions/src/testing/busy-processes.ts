import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Processes that compute all the time, so that others wait for a processor. They end with whoever started them. */
export async function busyProcesses(count: number): Promise<AsyncDisposable> {
  const children = Array.from({ length: count }, () =>
    fork(fileURLToPath(new URL('./busy-process.ts', import.meta.url)), { stdio: 'ignore' }),
  )
  await Promise.all(children.map((child) => once(child, 'message')))
  return {
    [Symbol.asyncDispose]: async () => {
      for (const child of children) {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
    },
  }
}
