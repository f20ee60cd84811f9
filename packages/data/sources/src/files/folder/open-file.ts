import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { changedFile, diskFault, notFile } from './disk-faults.ts'

/** Windows has no such flag, and no pipes in folders. */
const atOnce = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0)

/**
 * Opens a file of a source to be read. Its path may lead to something else since it was listed: to open a pipe would wait for a writer,
 * for ever where none comes.
 * @param mark of the file that was listed: another one is not read
 * @throws `file.missing`, `file.unreadable`, `file.changed`
 */
export async function openFile(path: string, mark?: string): Promise<FileHandle> {
  const file = await open(path, atOnce).catch((thrown: unknown) => {
    throw diskFault(path, thrown)
  })
  try {
    const facts = await file.stat()
    if (!facts.isFile()) throw notFile(path)
    if (mark !== undefined && mark !== markOf(facts)) throw changedFile(path)
    return file
  } catch (thrown) {
    await file.close()
    throw diskFault(path, thrown)
  }
}

/** What tells a file on a disk from another one in its place, and one content from another. */
export const markOf = ({ ino, ctimeMs }: Pick<Stats, 'ino' | 'ctimeMs'>): string => `${ino}.${ctimeMs}`
