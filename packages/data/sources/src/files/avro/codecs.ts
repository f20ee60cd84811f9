import { Readable } from 'node:stream'
import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { fileErrors } from '../../errors.ts'
import { bunzip2 } from '../bytes/bzip2.ts'
import { unpackSnappy } from './unpack/snappy.ts'
import { unpackXz } from './unpack/xz.ts'

/** A block may become so many bytes: writers end theirs at some tens of kilobytes. */
const mostBytes = 536_870_912

export type Unpack = (block: Buffer) => Buffer | Promise<Buffer>

/** How blocks are packed, by the names of the specification. */
const codecs: Readonly<Record<string, Unpack>> = {
  null: (block) => block,
  deflate: (block) => inflateRawSync(block, { maxOutputLength: mostBytes }),
  snappy: (block) => unpackSnappy(block, mostBytes),
  bzip2: (block) => unpackBzip2(block),
  xz: (block) => unpackXz(block, mostBytes),
  zstandard: (block) => zstdDecompressSync(block, { maxOutputLength: mostBytes }),
}

export function codecNamed(name: string): Unpack {
  const codec = Object.hasOwn(codecs, name) ? codecs[name] : undefined
  if (codec !== undefined) return codec
  throw fileErrors.unsupported(`its blocks are packed by ${name}`, {
    facts: { codec: name },
    next: `Have it written with one of these: ${Object.keys(codecs).join(', ')}.`,
  })
}

async function unpackBzip2(block: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of bunzip2(Readable.from([block]))) {
    bytes += piece.length
    if (bytes > mostBytes) throw new RangeError(`a block becomes more than ${mostBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
