import type { SluiceError } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import type { Limits } from './limits.ts'

/** How a process ended that gave no answer. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why whoever watched it has killed it. */
  readonly killedFor?: 'memory' | 'time'
  /** The last that it wrote to its stderr. */
  readonly words: string
}

/** Pure. */
export function errorOfEnding({ code, signal, killedFor, words }: Ending, limits: Limits, file: string): SluiceError {
  const isHeap = signal === 'SIGABRT' || code === 134 || /heap out of memory|heap limit/i.test(words)
  if (killedFor === 'memory' || isHeap)
    return fileErrors.limit(`${file}: reading it takes more than ${isHeap ? limits.heapMb : limits.residentMb} MiB of memory`, {
      facts: { file, limitMb: isHeap ? limits.heapMb : limits.residentMb },
      next: 'Look at the file: it may be made to do harm. Split it, or save it in a format that can be streamed, if it is what it should be.',
    })
  if (killedFor === 'time' || signal === 'SIGXCPU' || code === 152)
    return fileErrors.limit(`${file}: reading it takes more than ${limits.cpuSeconds} seconds of a processor`, {
      facts: { file, limitSeconds: limits.cpuSeconds },
      next: 'Look at the file: it may be made to do harm. Split it if it is what it should be.',
    })
  return fileErrors.lost(`${file}: the process that reads it has ended in the middle`, {
    facts: { file, code, signal, words },
    next: 'Read it again; if the same file ends it again, the machine has not the memory that it needs.',
  })
}
