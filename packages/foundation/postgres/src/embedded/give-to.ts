import { lchown, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './run-as.ts'

/** Hands a folder over, with all in it: the data directory, when another account than the last one runs the server. */
export async function giveTo(folder: string, owner: Account): Promise<void> {
  const now = await stat(folder)
  if (now.uid === owner.uid && now.gid === owner.gid) return
  await giveAll(folder, owner)
}

/** No link is followed: whoever owns the folder could name files of others by one. */
async function giveAll(folder: string, owner: Account): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await giveAll(join(folder, entry.name), owner)
    else await lchown(join(folder, entry.name), owner.uid, owner.gid)
  }
  await lchown(folder, owner.uid, owner.gid)
}
