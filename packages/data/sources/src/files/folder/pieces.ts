import { constants, open } from 'node:fs/promises'
import { diskFault } from './disk-faults.ts'

const pieceBytes = 1_048_576
/** A path may lead to a pipe since it was listed: to open one would wait for its writer. Windows has neither. */
const asItIs = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0)

/**
 * The bytes of a file on a disk of this machine. With a length no more than so many: it saves small files, which are many, the read that
 * would find their end.
 * @throws `file.missing`, `file.unreadable`
 */
export async function* piecesOf(path: string, length = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    await using file = await open(path, asItIs)
    for (let at = 0; at < length; ) {
      const size = Math.min(pieceBytes, length - at)
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } catch (thrown) {
    throw diskFault(path, thrown)
  }
}
