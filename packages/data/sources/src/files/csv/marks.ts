import type { TextFile } from '../bytes/text-file.ts'
import { openFile } from '../folder/open-file.ts'

/** Bytes that no cell of a text has. They stand between cells, and for the line ends within cells. */
export interface Marks {
  readonly cell: number
  readonly lineFeed: number
  readonly carriageReturn: number
}

/** Device controls 1 to 3: next to no text has them. */
export const usualMarks: Marks = { cell: 0x11, lineFeed: 0x12, carriageReturn: 0x13 }

const controls = Array.from({ length: 0x20 }, (_, byte) => byte).filter((byte) => byte !== 0x00 && byte !== 0x0a && byte !== 0x0d)

/** Marks for a text that has the usual ones. `undefined`: it has all of them. */
export async function freeMarks(text: TextFile): Promise<Marks | undefined> {
  const left = new Set([...controls, 0x7f])
  await using handle = await openFile(text.path)
  const buffer = Buffer.allocUnsafe(1024 * 1024)
  for (let position = text.start; left.size >= 3; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) break
    position += bytesRead
    const piece = buffer.subarray(0, bytesRead)
    for (const byte of left) if (piece.includes(byte)) left.delete(byte)
  }
  const [cell, lineFeed, carriageReturn] = left
  return cell === undefined || lineFeed === undefined || carriageReturn === undefined ? undefined : { cell, lineFeed, carriageReturn }
}
