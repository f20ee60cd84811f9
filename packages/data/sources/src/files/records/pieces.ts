import { given, type Json } from '@sluice/core'
import { type DeclaredBytes, type FoundBytes, openText, sampleText } from '../bytes/text-file.ts'
import { openFile } from '../folder/open-file.ts'
import type { FileAtHand, ReadContext } from '../reader.ts'

const pieceBytes = 1 << 20

/**
 * Hands the whole text of a file as UTF-8, without its mark of byte order, to whoever reads it: piece by piece, as often as it is asked
 * for. What is made for that on disk is gone afterwards.
 */
export async function withPieces<T>(
  file: FileAtHand,
  declared: DeclaredBytes,
  context: ReadContext,
  read: (pieces: () => AsyncIterable<Uint8Array>, found: FoundBytes) => Promise<T>,
): Promise<T> {
  await using text = await openText(file, declared, context)
  const { signal } = context
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await openFile(text.path)
    yield* file.createReadStream({ start: text.start, highWaterMark: pieceBytes, ...given({ signal }) })
  }
  return await read(pieces, text.found)
}

/** The beginning of a text, and whether it is all of it. */
export async function beginningOf(file: FileAtHand, declared: DeclaredBytes) {
  const { head, whole, found } = await sampleText(file, declared)
  return { head, whole, found }
}

export async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** As `Found` has it. */
export const toldBytes = ({ compression, encoding, mark }: FoundBytes): Readonly<Record<string, Json>> => ({
  compression,
  encoding,
  ...(mark ? { mark } : {}),
})
