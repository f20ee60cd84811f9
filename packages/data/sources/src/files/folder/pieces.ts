import { diskFault } from './disk-faults.ts'
import type { FolderEntry } from './folder.ts'
import { openFile } from './open-file.ts'

const pieceBytes = 1_048_576

/**
 * The bytes of a file on a disk of this machine. Of one that was listed no more than it had: it saves small files, which are many, the
 * read that would find their end.
 * @throws `file.missing`, `file.unreadable`, `file.changed`
 */
export async function* piecesOf(path: string, listed?: FolderEntry): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await openFile(path, listed?.mark)
  const length = listed?.bytes ?? Number.POSITIVE_INFINITY
  try {
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
