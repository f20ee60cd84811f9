/** What the process that reads one file may take. */
export interface Limits {
  /** Of the JavaScript in it, MiB. */
  readonly heapMb: number
  /** Of all that it holds, MiB: buffers stand outside of the heap. */
  readonly residentMb: number
  /** Of a processor. */
  readonly cpuSeconds: number
  /** Of the clock: for a process that waits and computes nothing. */
  readonly seconds: number
  /** Bytes that it may write. */
  readonly writtenBytes: number
}

const gib = 1_073_741_824

/**
 * Those of a file of so many bytes: several times what honest files take, of which the largest workbooks become ten times as long.
 */
export const limitsFor = (bytes: number): Limits => {
  const cpuSeconds = Math.ceil(60 + bytes / 1_048_576)
  return { heapMb: 768, residentMb: 1_536, cpuSeconds, seconds: cpuSeconds * 10, writtenBytes: gib + bytes * 100 }
}
