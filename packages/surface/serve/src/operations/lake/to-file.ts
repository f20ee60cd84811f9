import { createWriteStream } from 'node:fs'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { inputErrors } from '@sluice/core'
import type { Line } from '../../endpoint/line.ts'
import type { OptionSpec } from '../../endpoint/spec.ts'
import type { Output } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { formats } from './formats.ts'

type Format = (typeof formats)[number]

export const fileOption: OptionSpec = { flags: '-o, --output <file>', description: 'write there instead of stdout' }

/**
 * The format that was asked for, by its name or by the ending of the file; JSON for a file without an ending. Undefined where neither is
 * given. An ending of another format is refused: a file says by it how it is read.
 */
export function formatAsked(line: Line): Format | undefined {
  const [named, file] = [line.choice('format', formats), line.text('output')]
  if (named !== undefined || file === undefined) return named
  const ending = extname(file).slice(1).toLowerCase()
  const found = formats.find((format) => format === ending)
  if (found === undefined && ending !== '')
    throw new UsageError(`.${ending} is not a format that rows leave in: give --format json, csv or parquet`)
  return found ?? 'json'
}

/** Rows as bytes, to the file of `--output` or to stdout; never a binary format to a terminal. */
export async function toFile(output: Output, line: Line, format: string, open: () => Promise<ReadableStream<Uint8Array>>): Promise<number> {
  const file = line.text('output')
  if (format === 'parquet' && file === undefined && process.stdout.isTTY === true) throw new UsageError('parquet is binary: give -o FILE')
  const stream = await open()
  if (file === undefined) {
    for await (const chunk of stream) output.bytes(chunk)
    return 0
  }
  const sink = createWriteStream(file)
  try {
    await pipeline(Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]), sink)
  } catch (cause) {
    // What the rows' side throws is told as it is.
    if (sink.errored !== cause || !('syscall' in (cause as Error))) throw cause
    throw inputErrors.invalid(`${file} cannot be written: ${(cause as Error).message}`, {
      facts: { file },
      cause,
      next: 'Name a file in a folder that is there, that you may write to and that has room.',
    })
  }
  output.note(`written to ${file}`)
  return 0
}
