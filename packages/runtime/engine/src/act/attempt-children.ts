import { AsyncLocalStorage } from 'node:async_hooks'
import childProcess, { type ChildProcess, type SpawnSyncOptions } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { closeSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { killProcessesOf, markVariable } from '@sluice/process'
import { openForAppend } from './attempt-log.ts'
import { OutputFile } from './output-file.ts'

/** What the supervisor is told of an output file, so that it tells the rest when the process is killed. */
export interface ChildOutput {
  readonly file: string
  /** Up to where the log has it; null once the file is done with. */
  readonly at: number | null
}

/** How often what children have printed is taken to the log of a task that still runs. */
const everyMs = 200

/**
 * The processes that the code of one attempt starts. They carry the attempt's mark, so that they are found also when their parent has
 * ended, and are killed when the attempt ends: a retry must not run beside its own past. What they print where they inherit the output of
 * this process goes to a file of the attempt, and from there to its log, also of attempts side by side.
 */
export class AttemptChildren {
  readonly #mark: string
  readonly #file: string
  readonly #print: (line: string) => void
  readonly #tell: (output: ChildOutput) => void
  #started: boolean = false
  #ended: boolean = false
  #fd: number | undefined
  #output: OutputFile | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(of: {
    readonly mark: string
    /** Made when a child first inherits the output, gone at the end. */
    readonly file: string
    readonly print: (line: string) => void
    readonly tell: (output: ChildOutput) => void
  }) {
    this.#mark = of.mark
    this.#file = of.file
    this.#print = of.print
    this.#tell = of.tell
  }

  /** The mark for a child that is about to start; undefined for code that outlives its attempt. */
  mark(): string | undefined {
    if (this.#ended) return undefined
    this.#started = true
    return this.#mark
  }

  /** Where a child that inherits the output prints. */
  outputFd(): number {
    if (this.#fd === undefined) {
      this.#fd = openForAppend(this.#file)
      this.#output = new OutputFile(this.#fd)
      this.#tell({ file: this.#file, at: 0 })
      this.#timer = setInterval(() => this.#take(), everyMs).unref()
    }
    return this.#fd
  }

  /** Kills what still runs and takes the rest of what it printed. Costs a look at all processes for an attempt that started one. */
  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    if (this.#started) killProcessesOf(this.#mark)
    if (this.#fd === undefined) return
    this.#take(true)
    closeSync(this.#fd)
    rmSync(this.#file, { force: true })
    this.#tell({ file: this.#file, at: null })
  }

  #take(all = false): void {
    const output = this.#output
    if (output === undefined) return
    const before = output.at
    for (const line of output.lines(all)) this.#print(line)
    if (output.at !== before && !all) this.#tell({ file: this.#file, at: output.at })
  }
}

/** The children of the attempt whose code is running. */
export const currentChildren = new AsyncLocalStorage<AttemptChildren>()

/** What Node passes to who watches it start a process; the fields are read after they have been told. */
interface Starting {
  readonly process: ChildProcess
  readonly options: { envPairs: string[]; stdio: { type: string; fd?: number }[] }
}

/**
 * From now on, processes that the code of attempts starts are theirs. `onFirst` is told before the first child of all: a process that never
 * started one leaves nothing to be looked for.
 */
export function watchChildren(onFirst: () => void): void {
  const starting = once(onFirst)
  channel('tracing:child_process.spawn:start').subscribe((message) => {
    starting()
    const children = currentChildren.getStore()
    const mark = children?.mark()
    if (children === undefined || mark === undefined) return
    const { options } = message as Starting
    options.envPairs = [...options.envPairs.filter((pair) => !pair.startsWith(`${markVariable}=`)), `${markVariable}=${mark}`]
    for (const [at, stream] of options.stdio.entries()) {
      if (at > 0 && stream.type === 'fd' && (stream.fd === 1 || stream.fd === 2)) stream.fd = children.outputFd()
    }
  })
  watchBlocking(starting)
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

/** Calls that block until the child has ended tell nobody, so their options are changed on the way in. */
function watchBlocking(starting: () => void): void {
  const { spawnSync, execFileSync, execSync } = childProcess
  const listed = (first: readonly string[] | object | undefined): first is readonly string[] => Array.isArray(first)
  Object.assign(childProcess, {
    spawnSync: (file: string, given?: readonly string[] | SpawnSyncOptions, options?: SpawnSyncOptions) =>
      listed(given)
        ? spawnSync(file, given, ofAttempt(options ?? {}, starting))
        : spawnSync(file, ofAttempt(given ?? options ?? {}, starting)),
    execFileSync: (file: string, given?: readonly string[] | SpawnSyncOptions, options?: SpawnSyncOptions) =>
      listed(given)
        ? execFileSync(file, given, ofAttempt(options ?? {}, starting))
        : execFileSync(file, ofAttempt(given ?? options ?? {}, starting)),
    execSync: (command: string, options?: SpawnSyncOptions) =>
      execSync(command, ofAttempt(options ?? {}, starting) as Parameters<typeof execSync>[1]),
  })
  syncBuiltinESMExports()
}

function ofAttempt(options: SpawnSyncOptions, starting: () => void): SpawnSyncOptions {
  starting()
  const children = currentChildren.getStore()
  const mark = children?.mark()
  if (children === undefined || mark === undefined) return options
  const env = { ...(options.env ?? process.env), [markVariable]: mark }
  const { stdio } = options
  if (stdio === 'inherit') return { ...options, env, stdio: ['inherit', children.outputFd(), children.outputFd()] }
  if (!Array.isArray(stdio)) return { ...options, env }
  const inherits = (each: unknown, at: number): boolean => at > 0 && (each === 'inherit' || each === 1 || each === 2)
  return { ...options, env, stdio: stdio.map((each, at) => (inherits(each, at) ? children.outputFd() : each)) }
}
