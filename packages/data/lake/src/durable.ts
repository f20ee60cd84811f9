import { constants } from 'node:fs'
import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from './failure.ts'

/** The file's bytes, then its folder's entries, on disk. Windows has no handle on folders; there the file system orders entries itself. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Gives a finished temporary file its name, atomically and only when the name is free; false when somebody was first. The temporary name
 * is gone either way. The folder above is synced as well: it may be as new as the file. `link` alone does this: `rename` overwrites, `open('wx')` shows readers half a file.
 */
export async function publish(temporary: string, target: string): Promise<boolean> {
  await syncPath(temporary)
  try {
    await link(temporary, target)
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false
    throw thrown
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(target))
  await syncFolder(dirname(dirname(target)))
  return true
}
