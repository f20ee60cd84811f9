import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { describe, expect, test } from 'vitest'
import { unpackXz } from '../avro/unpack/xz.ts'
import { bunzip2 } from './bzip2.ts'

/** Files that `bz2` and `lzma` of Python packed, and what they hold. */
const corpus = join(import.meta.dirname, '../../../corpus/packed')

interface Expected {
  readonly bytes: number
  readonly sha256: string
  readonly text?: string
}

const unpackers: Readonly<Record<'bz2' | 'xz', (packed: Buffer, pieceBytes?: number) => Promise<Buffer>>> = {
  async bz2(packed, pieceBytes = packed.length) {
    const pieces = Array.from({ length: Math.ceil(packed.length / Math.max(pieceBytes, 1)) }, (_, at) =>
      packed.subarray(at * pieceBytes, (at + 1) * pieceBytes),
    )
    return Buffer.concat(await Readable.from(bunzip2(Readable.from(pieces))).toArray())
  },
  xz: async (packed) => unpackXz(packed, 100_000_000),
}

const { integer } = seeded(seedOfRun())
const packed = (name: string): Buffer => readFileSync(join(corpus, name))

const blocks = { bz2: 'blocks-of-100k.bz2', xz: 'check-crc32.xz' } as const

/** Where a byte of a checksum stands, from the end where it is negative. */
const wrongChecksums: Readonly<Record<'bz2' | 'xz', readonly (readonly [of: string, name: string, place: number, words: RegExp])[]>> = {
  bz2: [
    ['of a block', 'text.bz2', 11, /the checksum of a block/],
    ['of a stream', 'nothing.bz2', 11, /checksum/],
  ],
  xz: [
    ['of the content, CRC-64', 'text.xz', -32, /checksum of a block/],
    ['of the header', 'text.xz', 8, /damaged/],
    ['of the index', 'text.xz', -13, /damaged/],
  ],
}

describe.each(['bz2', 'xz'] as const)('%s', (kind) => {
  const unpack = unpackers[kind]
  const names = readdirSync(corpus).filter((name) => name.endsWith(`.${kind}`))

  test.each(names)('%s becomes what was packed', async (name) => {
    const { text, ...expected } = JSON.parse(readFileSync(join(corpus, `${name}.expected.json`), 'utf8')) as Expected
    const bytes = await unpack(packed(name), 1_000)
    expect({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual(expected)
    if (text !== undefined) expect(bytes.toString()).toBe(text)
  })

  test('a file that is cut off anywhere is refused', async () => {
    const whole = packed(blocks[kind])
    for (const length of [1, 3, 4, 9, 13, whole.length - 1, ...Array.from({ length: 12 }, () => 1 + integer(whole.length - 1))])
      await expect(unpack(whole.subarray(0, length)), `the first ${length} of ${whole.length} bytes`).rejects.toThrow()
  })

  test('a bit that was turned is seen by the checksums', async () => {
    const whole = packed(blocks[kind])
    for (let round = 0; round < 25; round++) {
      const turned = Buffer.from(whole)
      const [at, bit] = [integer(turned.length), integer(8)]
      turned[at] = (turned[at] ?? 0) ^ (1 << bit)
      const known = await unpack(whole)
      // A bit of a field that says nothing of the content (the size of blocks) may leave it as it was, and never changes it.
      await expect(
        unpack(turned).catch(() => known),
        `bit ${bit} of byte ${at}`,
      ).resolves.toEqual(known)
    }
  })

  test.each(wrongChecksums[kind])('a wrong checksum %s', async (_, name, place, words) => {
    const turned = packed(name)
    const at = place < 0 ? turned.length + place : place
    turned[at] = (turned[at] ?? 0) ^ 0x10
    await expect(unpack(turned)).rejects.toThrow(words)
  })
})
