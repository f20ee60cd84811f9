import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { frameReader } from './frames.ts'
import type { FromProcess, ProcessSetup, Question, ToProcess } from './question.ts'

/** What one question gets: pieces of the answer, then how it ended. */
export interface AnswerListener {
  readonly onBytes: (piece: Buffer) => void
  readonly onLast: (last: FromProcess) => void
  /** The process has ended in the middle. */
  readonly onLost: () => void
}

/** A process that answers, as its owner holds it. */
export interface AnswerChild {
  readonly pid: number
  readonly readable: readonly string[]
  ask(question: Question, listener: AnswerListener): void
  /** Stops taking bytes out of the pipe until `resume`: the process then waits with the rest. */
  pause(): void
  resume(): void
  kill(): void
  readonly ended: Promise<void>
}

export interface ChildOptions {
  readonly setup: ProcessSetup
  /** Of the JavaScript in it, MiB; DuckDB has its own. */
  readonly heapMb: number
  /** What of this process's environment it gets: never all, since what it reads comes from people. */
  readonly environment: NodeJS.ProcessEnv
}

/** Starts one. While it is not asked anything it keeps nobody alive, and it ends with whoever started it. */
export function startAnswerChild({ setup, heapMb, environment }: ChildOptions): AnswerChild {
  const child = fork(fileURLToPath(import.meta.resolve('@sluice/lake/answer-process')), [], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    env: environment,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'],
  })
  const pipe = child.stdio[4] as Duplex
  let listener: AnswerListener | undefined
  const read = frameReader((kind, content) => {
    if (kind === 'bytes') return listener?.onBytes(content)
    const last = listener
    listener = undefined
    holdAlive(child, pipe, false)
    last?.onLast(JSON.parse(content.toString()) as FromProcess)
  })
  pipe.on('data', read)
  pipe.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      listener?.onLost()
      listener = undefined
      rmSync(setup.scratch, { recursive: true, force: true })
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  const tell = (message: ToProcess): void => {
    if (child.connected) child.send(message, () => undefined)
  }
  tell({ kind: 'start', setup })
  holdAlive(child, pipe, false)
  return {
    pid: child.pid ?? 0,
    readable: setup.readable,
    ask(question, given) {
      listener = given
      holdAlive(child, pipe, true)
      tell({ kind: 'question', question })
    },
    pause: () => pipe.pause(),
    resume: () => pipe.resume(),
    kill() {
      // Whoever waits for its end is not to end before.
      child.ref()
      child.kill('SIGKILL')
    },
    ended,
  }
}

/** Whether the event loop waits for it. */
function holdAlive(child: ChildProcess, pipe: Duplex, hold: boolean): void {
  const socket = pipe as Duplex & { ref(): void; unref(): void }
  for (const each of [child, child.channel, socket]) {
    if (hold) each?.ref()
    else each?.unref()
  }
}
