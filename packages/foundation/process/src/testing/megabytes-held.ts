import { setImmediate } from 'node:timers/promises'

/**
 * Megabytes that cannot be collected, heap and buffers together. Asks for a process with `--expose-gc`. Buffers are freed behind the
 * collection that finds them dead, so a second one counts.
 */
export async function megabytesHeld(): Promise<number> {
  for (let round = 0; round < 2; round++) {
    if (globalThis.gc === undefined) throw new Error('Start this process with --expose-gc.')
    globalThis.gc()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
