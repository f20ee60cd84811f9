import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Compression, FileFormat } from '@sluice/author'
import { unpacked } from '../files/bytes/unpack.ts'
import { openFile } from '../files/folder/open-file.ts'
import type { FileAtHand, Found } from '../files/reader.ts'

/** Of a larger file of lines that much is looked at. */
const looked = 4_000_000

/** A part of a file, plain whatever the file is packed by. */
export interface Beginning {
  readonly file: FileAtHand
  readonly format: FileFormat
}

/**
 * The beginning of a large file of lines, to the end of a line, as a file of its own; a quoted cell that is cut is a record that cannot be
 * read. `undefined` for a file that is looked at whole.
 */
export async function beginningOf(
  file: FileAtHand,
  format: FileFormat,
  detected: Found,
  workFolder: string,
): Promise<Beginning | undefined> {
  if (format.kind !== 'csv' && format.kind !== 'jsonl' && format.kind !== 'fixed') return undefined
  const compression = (detected.compression ?? 'none') as Compression
  if (compression === 'none' && file.bytes <= 2 * looked) return undefined
  const { bytes, whole } = compression === 'none' ? await plainHead(file) : await unpackedHead(file, compression)
  if (whole) return undefined
  const end = endOfLine(bytes, String(detected.encoding ?? ''))
  if (end === 0) return undefined
  const path = join(workFolder, `head-${file.name.replaceAll(/[^\w.]/g, '_')}`)
  await writeFile(path, bytes.subarray(0, end), { mode: 0o600 })
  return { file: { path, name: file.name, bytes: end }, format: { ...format, compression: 'none' } }
}

interface Head {
  readonly bytes: Buffer
  readonly whole: boolean
}

async function plainHead({ path }: FileAtHand): Promise<Head> {
  await using source = await openFile(path)
  const { buffer, bytesRead } = await source.read(Buffer.alloc(looked), 0, looked, 0)
  return { bytes: buffer.subarray(0, bytesRead), whole: false }
}

/** A file of which a little is unpacked is not held against the sizes of a bomb. */
async function unpackedHead(file: FileAtHand, compression: Compression): Promise<Head> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of unpacked(file, compression)) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > looked) return { bytes: Buffer.concat(pieces), whole: false }
  }
  return { bytes: Buffer.concat(pieces), whole: true }
}

/** Behind the last line feed, of two bytes in UTF-16; a carriage return where that ends the lines. */
function endOfLine(bytes: Buffer, encoding: string): number {
  for (const mark of [10, 13]) {
    if (!encoding.startsWith('utf-16')) {
      const at = bytes.lastIndexOf(mark) + 1
      if (at > 0) return at
      continue
    }
    const unit = encoding === 'utf-16le' ? Buffer.from([mark, 0]) : Buffer.from([0, mark])
    for (let at = bytes.lastIndexOf(unit); at > 0; at = bytes.lastIndexOf(unit, at - 1)) if (at % 2 === 0) return at + 2
  }
  return 0
}
