import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Line } from '../../endpoint/line.ts'
import type { OptionSpec } from '../../endpoint/spec.ts'
import type { Output } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'

export const fileOption: OptionSpec = { flags: '-o, --output <file>', description: 'write there instead of stdout' }

/** Rows as bytes, to the file of `--output` or to stdout; never a binary format to a terminal. */
export async function toFile(output: Output, line: Line, format: string, open: () => Promise<ReadableStream<Uint8Array>>): Promise<number> {
  const file = line.text('output')
  if (format === 'parquet' && file === undefined && process.stdout.isTTY === true) throw new UsageError('parquet is binary: give -o FILE')
  const stream = await open()
  if (file === undefined) {
    for await (const chunk of stream) output.bytes(chunk)
    return 0
  }
  await pipeline(Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file))
  output.note(`written to ${file}`)
  return 0
}
