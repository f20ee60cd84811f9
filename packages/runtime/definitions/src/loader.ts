import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { headerPlace, stackPlace } from './fault-of.ts'
import { watchBudget } from './import-budget.ts'
import { interruptedAt } from './interrupted-at.ts'
import type { Fault, FilePlace, LoadedValues, LoadReply, LoadRequest } from './loader-protocol.ts'

export type Loaded<Value> = { readonly imports?: LoadReply['imports'] } & (
  | { readonly ok: true; readonly value: Value; readonly files: readonly string[] }
  | { readonly ok: false; readonly fault: Fault }
)

/** Asks for files one after another in one child process. When it ends, the next file gets a new one. */
export interface Loader {
  load<What extends LoadRequest['what']>(
    request: LoadRequest & { readonly what: What },
    /** Told once when the file takes a part of its budget. */
    slow?: Slow,
  ): Promise<Loaded<LoadedValues[What]>>
  close(): Promise<void>
}

export interface Slow {
  readonly afterMs: number
  readonly tell: () => void
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface LoaderOptions {
  /** How long one file may compute, or wait, while it is imported; time in which others had the processors does not count. */
  readonly budgetMs: number
  /** What the files see; by default that of this process. */
  readonly environment?: Environment
}

export function openLoader({ budgetMs, environment = process.env }: LoaderOptions): Loader {
  let child: ChildProcess | undefined
  let stderr = ''
  /** How many files the child has answered for. */
  let served = 0

  const start = (): ChildProcess => {
    const started = fork(fileURLToPath(import.meta.resolve('@sluice/definitions/loader')), [], {
      // The debugger chooses a port. It is opened only to ask where a file that does not return is.
      execArgv: ['--inspect-port=127.0.0.1:0'],
      // Compiled code is kept where Node itself keeps that of the command: 60 ms of processor time instead of 190 ms.
      env: { ...environment, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache') },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    stderr = ''
    served = 0
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-20_000)
    })
    return started
  }

  const stop = async (): Promise<void> => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, 'exit')
    ending.kill('SIGKILL')
    await ended
  }

  const ask = async (asked: ChildProcess, request: LoadRequest, slow: Slow | undefined): Promise<LoadReply> => {
    type Outcome = LoadReply | 'computes' | 'waits' | { readonly exit: string }
    const answered = new Promise<Outcome>((resolve) => {
      const pid = asked.pid ?? 0
      const watched = [
        watchBudget(pid, budgetMs, (state) => settle(state)),
        ...(slow === undefined ? [] : [watchBudget(pid, slow.afterMs, slow.tell)]),
      ]
      const settle = (outcome: Outcome): void => {
        for (const each of watched) each.close()
        asked.off('message', onMessage).off('close', onClose)
        resolve(outcome)
      }
      const onMessage = (reply: unknown): void => settle(reply as LoadReply)
      const onClose = (code: number | null, signal: string | null): void =>
        settle({ exit: signal === null ? `code ${code}` : `signal ${signal}` })
      asked.on('message', onMessage).on('close', onClose)
      asked.send(request, () => {})
    })
    const outcome = await answered
    if (outcome === 'computes' || outcome === 'waits') {
      // A process that waits is at no line.
      const place = outcome === 'computes' ? await interruptedAt(asked, request.base) : null
      await stop()
      return { ok: false, fault: overBudget(outcome, place ?? nowhere, budgetMs) }
    }
    if ('exit' in outcome) {
      child = undefined
      // An earlier file may have left a timer that ended the process. A fresh process shows which file is at fault.
      if (served > 0) {
        child = start()
        return await ask(child, request, slow)
      }
      return { ok: false, fault: died(outcome.exit, stderr, request.base) }
    }
    served += 1
    return outcome
  }

  return {
    async load(request, slow) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) child = start()
      const reply = await ask(child, request, slow)
      const { imports = [] } = reply
      if (reply.ok) return { ok: true, value: reply.value as LoadedValues[typeof request.what], files: reply.files ?? [], imports }
      return {
        ok: false,
        imports,
        fault: reply.fault.placeless === true ? await located(reply.fault, request.file) : reply.fault,
      }
    },
    close: stop,
  }
}

const nowhere = { file: null, line: null, column: null }

const overBudget = (state: 'computes' | 'waits', place: FilePlace, budgetMs: number): Fault =>
  state === 'computes'
    ? {
        ...place,
        message: `the file was still being imported after ${budgetMs / 1_000} s of processor time`,
        next: 'Look for an endless loop, and move the work into a task.',
      }
    : {
        ...place,
        message: `the file was still being imported after it had waited for ${budgetMs / 1_000} s`,
        next: 'Look for an await that never resolves, and move the work into a task.',
      }

function died(exit: string, stderr: string, base: string): Fault {
  const lastWords = /^(?:\w*Error|FATAL ERROR): .*$/m.exec(stderr)?.[0]
  return {
    ...(stackPlace(stderr, base) ?? headerPlace(stderr) ?? nowhere),
    message: `the process that imported the file ended with ${exit}${lastWords === undefined ? '' : ` (${lastWords})`}`,
    next: 'Importing a definition must not end the process. Take out process.exit() and whatever exhausts the process.',
  }
}

/** A file that does not parse ends at once; a minute is what a start takes on a machine that has no time for it. */
const hangsAfterMs = 300_000

/** Node reports the place of an early error only when nothing catches the error. Starting a file that does not parse runs nothing. */
async function located(fault: Fault, file: string): Promise<Fault> {
  const stderr = await new Promise<string>((resolve) => {
    execFile(process.execPath, [file], { timeout: hangsAfterMs, killSignal: 'SIGKILL' }, (_error, _stdout, text) => resolve(text))
  })
  return { ...fault, ...headerPlace(stderr) }
}
