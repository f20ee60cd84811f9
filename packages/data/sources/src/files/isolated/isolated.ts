import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { given, type Json } from '@sluice/core'
import { markVariable, residentMb } from '@sluice/process'
import { naming } from '../naming.ts'
import type { FileAtHand, ReadContext } from '../reader.ts'
import { codeOf, commandOf, entryFile, ownModules } from './command.ts'
import { type Ending, errorOfEnding } from './ending.ts'
import { type Limits, limitsFor } from './limits.ts'
import type { Answer, Work } from './messages.ts'

export interface Isolated<Task extends Json> {
  /** The module that parses, which exports `parse`: `import.meta.resolve('./parse.ts')`. */
  readonly parser: string
  readonly task: Task
  /**
   * Whether it loads native code (DuckDB), which Node's permissions do not bind: such a parser limits itself what it opens, and its process
   * is for its crashes, memory and time.
   */
  readonly isNative?: boolean
  /** Those that differ from what a file of this size may take. */
  readonly limits?: Partial<Limits>
}

export interface Parsed<Result extends Json> extends AsyncDisposable {
  readonly result: Result
  /** Where the files of rows lie, until it is disposed of. */
  readonly folder: string
}

/** The file of rows that a parser made under this name. */
export const rowsPath = (folder: string, name: string): string => join(folder, `${name}.parquet`)

const lookMs = 50

/**
 * Has a file parsed by a process of its own, whose memory, time and writing are limited, and which can reach nothing else.
 * @throws what the parser throws, `file.limit`, `file.lost`
 */
export async function parseIsolated<Result extends Json, Task extends Json = Json>(
  file: FileAtHand,
  { parser, task, isNative = false, limits: own }: Isolated<Task>,
  { workFolder, signal }: ReadContext,
): Promise<Parsed<Result>> {
  signal?.throwIfAborted()
  const limits = { ...limitsFor(file.bytes), ...own }
  const folder = join(realpathSync(workFolder), `read-${randomUUID()}`)
  mkdirSync(folder, { mode: 0o700 })
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const path = realpathSync(file.path)
    const code = codeOf([...ownModules, parser])
    const command = commandOf({ node: process.execPath, entry: entryFile, code, path, folder, isNative }, limits, process.platform)
    const child = spawn(command.file, command.args, {
      // Whose it is: what reads it ends what its owner leaves behind.
      env: given({ [markVariable]: process.env[markVariable] }),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const work: Work = { owner: process.pid, parser, path, bytes: file.bytes, folder, writtenBytes: limits.writtenBytes, task }
    child.send(work, () => undefined)
    const result = (await answerOf(child, file.name, limits, signal)) as Result
    return { result, folder, [Symbol.asyncDispose]: async () => remove() }
  } catch (thrown) {
    remove()
    throw thrown
  }
}

/** However it ends, the process has ended. */
function answerOf(child: ChildProcess, file: string, limits: Limits, signal: AbortSignal | undefined): Promise<Json> {
  return new Promise((resolve, reject) => {
    let answer: Answer | undefined
    let words = ''
    let killedFor: Ending['killedFor']
    const kill = (why?: Ending['killedFor']): void => {
      killedFor ??= why
      child.kill('SIGKILL')
    }
    const leave = (): void => kill()
    const watch = setInterval(() => {
      if ((residentMb(child.pid ?? 0) ?? 0) > limits.residentMb) kill('memory')
    }, lookMs)
    const timer = setTimeout(() => kill('time'), limits.seconds * 1_000)
    signal?.addEventListener('abort', leave, { once: true })
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      words = (words + piece).slice(-2_000)
    })
    child.once('message', (message) => {
      answer = message as Answer
    })
    // Comes once the process has ended and all that it sent has arrived.
    child.once('close', (code, ended) => {
      clearInterval(watch)
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
      if (answer?.kind === 'done') resolve(answer.result)
      else if (answer?.kind === 'fault') reject(naming(file, answer.fault))
      else if (signal?.aborted === true) reject(signal.reason as Error)
      else reject(errorOfEnding({ code, signal: ended, words, ...given({ killedFor }) }, limits, file))
    })
    child.once('error', reject)
  })
}
