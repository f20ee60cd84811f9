import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { queryErrors, type SinkReceipt, type SluiceError, tookTooLong, unreachable } from '@sluice/core'
import { markLives, ownMark, residentMb } from '@sluice/process'
import { type AnswerChild, startAnswerChild } from './answer-child.ts'
import { errorOf } from './fault.ts'
import type { LakePlace, Question } from './question.ts'
import { Waiters } from './waiters.ts'
import { processFor } from './which-process.ts'

export interface AnswerProcessesOptions {
  readonly place: LakePlace
  /** A folder in which each process has one of its own. */
  readonly scratch: string
  /** Processes at once; who comes later waits. Default 4. */
  readonly most?: number
  /** Of DuckDB in one process, MiB. Default 512. */
  readonly memoryLimitMb?: number
  /** Of DuckDB in one process. Default 2. */
  readonly threads?: number
  /** One process more than are at work is started ahead, for readers of these projects, as long as people ask. Default: none. */
  readonly warmFor?: readonly string[]
  /** An idle process ends after so long, the one that is kept warm when nobody has asked for so long. Default two minutes. */
  readonly idleMs?: number
}

export interface Asking {
  /** Projects whose lakes the question may read. */
  readonly readable: readonly string[]
  /** Longer than that is `query.timeout`. */
  readonly timeoutMs: number
  /** May have the process that is kept warm while others are at work. */
  readonly mayGoFirst?: boolean
  readonly signal?: AbortSignal
}

export interface Answered {
  /** The answer as it comes. Whoever leaves it ends the question. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Of an export, once the chunks have ended. */
  readonly receipt: () => SinkReceipt | undefined
}

/** Processes in which questions of people are answered, one question at a time in each. */
export interface AnswerProcesses {
  /**
   * Resolves with the first byte, or at the end.
   * @throws what the question throws before that, `query.timeout`, `query.memory`, `query.lost`
   */
  ask(question: Question, asking: Asking): Promise<Answered>
  close(): Promise<void>
}

/** Beside DuckDB's own memory: Node, the text of an answer, what DuckDB holds and does not count. */
const beside = { heapMb: 384, allMb: 640 }
const lookMs = 100
/** An idle process that has grown beyond that, MiB, ends at once: a new one has 120. */
const idleMb = 400

/** What cloud credentials, proxies and Node itself need. Nothing of Sluice's own: no URL of a database, no secret of a project. */
const passedOn = /^(PATH|HOME|TMPDIR|TZ|LANG|LC_\w+|NODE_COMPILE_CACHE|NODE_EXTRA_CA_CERTS|HTTPS?_PROXY|NO_PROXY)$/i
const ofBuckets = /^(AWS_\w+|GOOGLE_APPLICATION_CREDENTIALS|STORAGE_EMULATOR_HOST)$/

export function openAnswerProcesses(options: AnswerProcessesOptions): AnswerProcesses {
  const { place, scratch, most = 4, memoryLimitMb = 512, threads = 2, warmFor, idleMs = 120_000 } = options
  const all = new Set<AnswerChild>()
  const free = new Map<AnswerChild, NodeJS.Timeout>()
  const waiters = new Waiters()
  let isOpen = true
  let lastAsked = 0

  function start(readable: readonly string[]): AnswerChild {
    if (all.size === 0) sweep(scratch)
    const own = join(scratch, `${ownMark()}-${randomUUID()}`)
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => passedOn.test(name) || ('url' in place && ofBuckets.test(name))),
    )
    const child = startAnswerChild({
      setup: { place, readable, scratch: own, memoryLimitMb, threads },
      heapMb: beside.heapMb,
      environment,
    })
    all.add(child)
    void child.ended.then(() => {
      all.delete(child)
      clearTimeout(free.get(child))
      free.delete(child)
      if (!waiters.wakeOne()) warm()
    })
    return child
  }

  const isAsked = (): boolean => performance.now() - lastAsked < idleMs

  /** Whoever asks next does not wait for a start, which takes seconds on a machine that others keep busy. */
  function warm(): void {
    if (warmFor !== undefined && isOpen && isAsked() && free.size === 0 && all.size < most) keep(start(warmFor))
  }

  function keep(child: AnswerChild): void {
    const expire = (): void => {
      if (warmFor !== undefined && free.size === 1 && isAsked()) keep(child)
      else retire(child)
    }
    free.set(child, setTimeout(expire, idleMs).unref())
  }

  /** Until the end of a process that is killed is known, nobody may be given it. */
  function retire(child: AnswerChild): void {
    clearTimeout(free.get(child))
    free.delete(child)
    child.kill()
  }

  async function take({ readable, mayGoFirst = false, signal }: Asking): Promise<AnswerChild> {
    for (;;) {
      signal?.throwIfAborted()
      if (!isOpen) throw lost()
      lastAsked = performance.now()
      const choice = processFor({ readable, mayGoFirst }, { idle: [...free.keys()], all: all.size, most })
      switch (choice.do) {
        case 'take':
          clearTimeout(free.get(choice.child))
          free.delete(choice.child)
          return choice.child
        case 'start':
          return start(readable)
        case 'replace':
          retire(choice.child)
          break
        case 'wait':
          break
        default:
          return unreachable(choice)
      }
      await waiters.untilWoken(signal)
    }
  }

  function giveBack(child: AnswerChild): void {
    if (!isOpen || (residentMb(child.pid) ?? 0) > idleMb) {
      child.kill()
      return
    }
    keep(child)
    waiters.wakeOne()
  }

  return {
    async ask(question, asking) {
      const child = await take(asking)
      // Those who may go first give it back soon, and are few.
      if (asking.mayGoFirst !== true) warm()
      return await answer(child, question, { ...asking, limitMb: memoryLimitMb + beside.allMb, giveBack: () => giveBack(child) })
    },
    async close() {
      isOpen = false
      waiters.wakeAll()
      for (const child of all) child.kill()
      await Promise.all([...all].map(({ ended }) => ended))
    },
  }
}

interface Answering extends Asking {
  readonly limitMb: number
  readonly giveBack: () => void
}

/** One question to one process. However it ends before its last message, the process ends with it: nothing of it goes on. */
function answer(child: AnswerChild, question: Question, at: Answering): Promise<Answered> {
  return new Promise((resolve, reject) => {
    let receipt: SinkReceipt | undefined
    let isOver = false
    const out = new Readable({
      read: () => child.resume(),
      destroy: (error, done) => {
        if (!isOver) end(undefined)
        done(error)
      },
    })
    const end = (fault: unknown): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      clearInterval(watch)
      at.signal?.removeEventListener('abort', leave)
      child.kill()
      if (fault === undefined) return
      reject(fault)
      out.destroy(fault instanceof Error ? fault : new Error(String(fault)))
    }
    const leave = (): void => end(at.signal?.reason ?? new Error('The question was withdrawn.'))
    const timer = setTimeout(() => end(tookTooLong(at.timeoutMs)), at.timeoutMs)
    const watch = setInterval(() => {
      if ((residentMb(child.pid) ?? 0) > at.limitMb) end(tooMuchMemory(at.limitMb))
    }, lookMs)
    at.signal?.addEventListener('abort', leave, { once: true })
    const answered: Answered = { chunks: out, receipt: () => receipt }
    child.ask(question, {
      onBytes(piece) {
        resolve(answered)
        if (!out.push(piece)) child.pause()
      },
      onLast(last) {
        if (isOver) return
        isOver = true
        clearTimeout(timer)
        clearInterval(watch)
        at.signal?.removeEventListener('abort', leave)
        child.resume()
        at.giveBack()
        if (last.kind === 'fault') {
          const error = errorOf(last.fault)
          reject(error)
          out.destroy(error)
          return
        }
        receipt = last.receipt
        out.push(null)
        resolve(answered)
      },
      onLost: () => end(lost()),
    })
    if (at.signal?.aborted === true) leave()
    // Nobody has it yet when the question is refused.
    out.on('error', () => undefined)
  })
}

const tooMuchMemory = (limitMb: number): SluiceError =>
  queryErrors.memory(`The query held more than ${limitMb} MiB of memory and was ended`, {
    facts: { limitMb },
    next: 'Select fewer columns or shorter values; sort and group fewer rows.',
  })

const lost = (): SluiceError =>
  queryErrors.lost('The process that answers the query has ended', {
    next: 'Ask again; if the same query ends it again, it needs more memory than there is.',
  })

/** Folders of processes whose owner was killed. */
function sweep(scratch: string): void {
  mkdirSync(scratch, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(scratch)) {
    const mark = /^(\d+\.(?:\d+|-))-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(name)?.[1]
    if (mark !== undefined && !markLives(mark)) rmSync(join(scratch, name), { recursive: true, force: true })
  }
}
