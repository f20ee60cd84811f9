import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { fileErrors } from '../../errors.ts'
import { unpackBzip2 } from './unpack/bzip2.ts'
import { unpackSnappy } from './unpack/snappy.ts'
import { unpackXz } from './unpack/xz.ts'

/** A block may become so many bytes: writers end theirs at some tens of kilobytes. */
const mostBytes = 536_870_912

export type Unpack = (block: Buffer) => Buffer

/** How blocks are packed, by the names of the specification. */
const codecs: Readonly<Record<string, Unpack>> = {
  null: (block) => block,
  deflate: (block) => inflateRawSync(block, { maxOutputLength: mostBytes }),
  snappy: (block) => unpackSnappy(block, mostBytes),
  bzip2: (block) => unpackBzip2(block, mostBytes),
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
