import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import { format } from 'node:util'
import { attemptErrors } from '../errors.ts'
import type { Level } from './attempt-log.ts'
import { calledFrom, currentAttempt } from './attempt-scope.ts'
import { currentImport } from './load-pipeline.ts'
import { partEnvironment } from './own-environment.ts'
import { ownProperty } from './own-properties.ts'

/**
 * From now on what the code of an attempt prints, changes and sets belongs to that attempt, since others run beside it in the same process:
 *
 * - `console`, `process.stdout` and `process.stderr` write to its log;
 * - `process.env` is its own: what it changes nobody else sees; and so is what it puts in the place of their methods;
 * - `process.chdir`, `process.umask` with a mask, and `process.exit` are refused: there is one of each, and one life, for all. The
 *   last also to a file that is imported;
 * - of the listeners of `process` it removes its own, also where it removes all;
 * - intervals that it sets itself end with it.
 *
 * Outside of attempts all of them do what they do in Node.
 */
export function drawBorders(): void {
  captureConsole()
  captureStreams()
  refuseSharedChanges()
  keepListeners()
  keepIntervals()
  partEnvironment()
}

const methods = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error', trace: 'debug' } as const satisfies Record<
  string,
  Level
>

function captureConsole(): void {
  for (const [name, level] of Object.entries(methods) as [keyof typeof methods, Level][]) {
    const original = console[name].bind(console)
    ownProperty(console, name, (...parts: readonly unknown[]) => {
      const attempt = currentAttempt.getStore()
      if (attempt === undefined) original(...parts)
      else attempt.log.line(level, format(...parts), undefined, 'console')
    })
  }
}

type Written = (error?: Error | null) => void

function captureStreams(): void {
  for (const [stream, level] of [
    [process.stdout, 'info'],
    [process.stderr, 'error'],
  ] as const) {
    const write = stream.write.bind(stream)
    const captured = (chunk: Uint8Array | string, encoding?: BufferEncoding | Written, done?: Written): boolean => {
      const attempt = currentAttempt.getStore()
      if (attempt === undefined) return write(chunk, encoding as BufferEncoding, done)
      const [named, then] = typeof encoding === 'function' ? [undefined, encoding] : [encoding, done]
      attempt.print(level, chunk, named)
      if (then !== undefined) process.nextTick(then)
      return true
    }
    ownProperty(stream, 'write', captured as typeof stream.write)
  }
}

function refuseSharedChanges(): void {
  const chdir = process.chdir.bind(process)
  process.chdir = (directory) => {
    if (currentAttempt.getStore() === undefined) return chdir(directory)
    throw attemptErrors.refused('a task may not change the working directory: other tasks run in the same process', {
      facts: { call: 'process.chdir' },
      next: 'Make the paths absolute, or give the directory to whoever needs it: spawn(command, args, { cwd }).',
    })
  }
  const umask = process.umask.bind(process) as (mask?: string | number) => number
  process.umask = ((mask?: string | number) => {
    if (mask === undefined || currentAttempt.getStore() === undefined) return umask(mask)
    throw attemptErrors.refused('a task may not change the mask of new files: other tasks run in the same process, and write theirs', {
      facts: { call: 'process.umask' },
      next: 'Say the rights of each file where it is made: writeFile(path, text, { mode: 0o600 }).',
    })
  }) as typeof process.umask
  const exit = process.exit.bind(process)
  process.exit = (code) => {
    const attempt = currentAttempt.getStore()
    if (attempt === undefined && currentImport.getStore() === undefined) return exit(code)
    const refused = attemptErrors.refused('a task may not end its process: other tasks run in it', {
      facts: { call: 'process.exit' },
      next: 'Return from the task, or throw an error that says why it failed.',
    })
    // Code that catches whatever is thrown must not go on as if nothing were.
    attempt?.fail(refused, refused.message)
    throw refused
  }
}

/** The process ends in order, and errors that nobody awaits are told, by listeners of its own. */
function keepListeners(): void {
  const ofAttempts = new WeakSet<object>()
  process.on('newListener', (_name: string, listener: object) => {
    if (currentAttempt.getStore() !== undefined) ofAttempts.add(listener)
  })
  const removeAll = process.removeAllListeners.bind(process)
  process.removeAllListeners = (name?: string | symbol) => {
    if (currentAttempt.getStore() === undefined) return name === undefined ? removeAll() : removeAll(name as 'exit')
    for (const each of name === undefined ? process.eventNames() : [name]) {
      for (const listener of process.listeners(each as 'exit')) if (ofAttempts.has(listener)) process.off(each, listener)
    }
    return process
  }
}

function keepIntervals(): void {
  const { setInterval: set, clearInterval: clear } = timers
  const kept = ((...given: Parameters<typeof set>) => {
    const interval = set(...given)
    const attempt = currentAttempt.getStore()
    const place = attempt === undefined ? undefined : calledFrom()
    if (place !== undefined) attempt?.keep(interval, place)
    return interval
  }) as typeof set
  const forgotten = ((interval?: Parameters<typeof clear>[0]) => {
    if (typeof interval === 'object') currentAttempt.getStore()?.forget(interval)
    clear(interval)
  }) as typeof clear
  Object.assign(globalThis, { setInterval: kept, clearInterval: forgotten })
  Object.assign(timers, { setInterval: kept, clearInterval: forgotten })
  syncBuiltinESMExports()
}
