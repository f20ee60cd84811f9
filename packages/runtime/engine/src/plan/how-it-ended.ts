/**
 * Why a worker process killed itself: a task did not stop within the grace time of its abort signal, or could not hear it, since another
 * one blocked the event loop; or the lease had run out while it held tasks.
 */
export type OwnEnd = 'deaf' | 'blocked' | 'lease'

/** How a process ended, as far as its parent sees. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
  /** The kernel killed a process for want of memory meanwhile. */
  readonly outOfMemory: boolean
  /** What it said itself before. */
  readonly own: OwnEnd | null
}

export interface ToldEnd {
  /** Follows "the worker process". */
  readonly what: string
  readonly next: string
}

const log = 'Look at the end of the log'

/** The end of a worker process in words, with what is to be done when it took tasks with it. */
export function howItEnded({ code, signal, outOfMemory, own }: ProcessEnd): ToldEnd {
  if (own === 'deaf') {
    return {
      what: 'ended itself, since a task did not stop when its time was over or it was cancelled,',
      next: "Look for the task whose log says that it did not stop: it should end when its context's signal aborts.",
    }
  }
  if (own === 'blocked') {
    return {
      what: 'ended itself, since a task blocked its event loop beyond the time of another one,',
      next: 'Look for a task that computes, or waits, without giving the event loop free: it should say isolated: true.',
    }
  }
  if (own === 'lease') {
    return {
      what: 'ended itself, since its lease had run out,',
      next: 'Its machine was paused or too busy, or the database could not be reached, for as long as a lease lasts.',
    }
  }
  if (signal === 'SIGKILL' && outOfMemory) {
    return {
      what: 'was killed by the kernel (SIGKILL), which had no memory left',
      next: 'Let the task hold less at once, run fewer workers (SLUICE_WORKERS), or give the machine or its container more memory.',
    }
  }
  if (signal === 'SIGKILL') {
    return {
      what: 'was killed (SIGKILL)',
      next: `${log}. Somebody killed it, or the kernel did for want of memory: "dmesg" tells.`,
    }
  }
  if (signal === 'SIGABRT') {
    return {
      what: 'was aborted (SIGABRT)',
      next: `${log}: Node.js aborts when its heap is full, and a native library when it finds a fault in itself.`,
    }
  }
  if (signal !== null)
    return {
      what: `was ended by ${signal}`,
      next: `${log}. ${faults.has(signal) ? 'A native library is at fault.' : 'Somebody sent it the signal.'}`,
    }
  if (code === 0)
    return { what: 'ended itself with exit code 0', next: 'Take process.exit out of the code: a task ends by returning or throwing.' }
  return {
    what: `ended itself with exit code ${code ?? 'unknown'}`,
    next: `${log}. Take process.exit out of the code, or let its error be thrown: a task ends by returning or throwing.`,
  }
}

const faults = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP'])
