import { access, constants, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'

const memory = '/dev/shm'
const enough = 2 * 1024 ** 3

/**
 * Where test clusters live: in memory when there is 2 GB of room, since a clone makes some 300 files (11 ms there, 60 to 250 ms on a
 * disk). `TMPDIR` says otherwise, as it was before a test file got a folder of its own: what lives here outlives the file.
 */
export async function folderForTests(): Promise<string> {
  const chosen = process.env.SLUICE_TEST_TMPDIR ?? process.env.TMPDIR
  if (chosen) return chosen
  try {
    await access(memory, constants.W_OK)
    const { bavail, bsize } = await statfs(memory)
    return bavail * bsize >= enough ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}
