/**
 * The process that reads one file of an unknown maker. It may open that file and its own code, write into one folder, and start nothing.
 * Whatever a library does with hostile bytes ends here. Its environment has nothing of a secret, and it dies with whoever started it.
 */
import { join } from 'node:path'
import { cutText, errorLimits, given, isSluiceError, type Json } from '@sluice/core'
import { endAtOnce } from '@sluice/process'
import { fileErrors } from '../../errors.ts'
import { type Answer, type Fault, longestAnswer, type Work } from './messages.ts'
import type { Parse } from './parser.ts'
import { createRowsFile } from './rows/rows-file.ts'

process.once('message', (work: Work) => void answer(work))
process.on('disconnect', endAtOnce)
// They reach the whole group of a terminal: whoever started this process decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

async function answer(work: Work): Promise<void> {
  // Code that cannot be loaded is not the fault of a file: the process ends, and says so.
  const { parse } = (await import(work.parser)) as { readonly parse: Parse<Json, Json> }
  let last: Answer
  try {
    last = { kind: 'done', result: await parsed(work, parse) }
  } catch (thrown) {
    last = { kind: 'fault', fault: faultOf(thrown) }
  }
  process.send?.(last, () => process.disconnect())
}

async function parsed({ owner, path, bytes, folder, writtenBytes, task }: Work, parse: Parse<Json, Json>): Promise<Json> {
  let left = writtenBytes
  const onBytes = (count: number): void => {
    // A parser that computes without a pause hears of no disconnection.
    if (process.ppid !== owner) endAtOnce()
    left -= count
    if (left < 0) throw tooMuch(writtenBytes)
  }
  const result = await parse({
    path,
    bytes,
    task,
    createRows: (name) => createRowsFile({ path: join(folder, `${name}.parquet`), onBytes }),
  })
  if (JSON.stringify(result).length > longestAnswer) throw tooManyNames()
  return result
}

function faultOf(thrown: unknown): Fault {
  const error = isSluiceError(thrown)
    ? thrown
    : fileErrors.damaged(`it cannot be read: ${wordsOf(thrown)}`, { next: 'Ask for the file again.' })
  const { code, kind, status, message, next, facts } = error
  return { code, kind, status, message: cutText(message, errorLimits.message), facts, ...given({ next }) }
}

const wordsOf = (thrown: unknown): string => cutText(thrown instanceof Error ? thrown.message : String(thrown), 500)

const tooMuch = (limit: number): Error =>
  fileErrors.limit(`it becomes more than ${Math.round(limit / 1_048_576)} MiB when it is read`, {
    facts: { limit },
    next: 'Look at the file: it says little at great length, as one that is made to do harm. Split it if it is what it should be.',
  })

const tooManyNames = (): Error =>
  fileErrors.limit('the names and figures of its columns alone take more than 16 MiB', {
    facts: { limit: longestAnswer },
    next: 'Look at the file: so many columns are mostly a mistake, or made to do harm.',
  })
