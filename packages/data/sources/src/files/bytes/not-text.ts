import { fileErrors } from '../../errors.ts'
import type { FileAtHand } from '../reader.ts'
import { compressionOf } from './compression.ts'

/** Beginnings that no text has, in hexadecimal, and what has them. */
const beginnings: readonly (readonly [string, RegExp])[] = [
  ['a Parquet file', /^50415231(?:15|1c|00)/],
  ['an Avro container', /^4f626a01/],
  ['a workbook or another compound file', /^d0cf11e0a1b11ae1/],
  ['a PDF', /^255044462d/],
]

/** @throws `file.unsupported` where bytes are a file packed in the packed one, or of a format that is not text */
export function refuseNotText(file: FileAtHand, head: Buffer, isUnpacked: boolean): void {
  const packed = isUnpacked ? compressionOf(head) : 'none'
  if (packed !== 'none')
    throw fileErrors.unsupported(`${file.name}: what is packed in it is packed once more, by ${packed}`, {
      facts: { file: file.name, compression: packed },
      next: 'Unpack it once, and pull what was in it.',
    })
  const start = head.toString('hex', 0, 16)
  const [what] = beginnings.find(([, beginning]) => beginning.test(start)) ?? []
  if (what === undefined) return
  throw fileErrors.unsupported(`${file.name} begins as ${what} does, and not as text`, {
    facts: { file: file.name },
    next: 'Declare the format that it has. sluice sources sniff shows it.',
  })
}
