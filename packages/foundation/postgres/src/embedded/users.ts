import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markLives, ownMark } from '@sluice/process'

/** The processes that use a server, one empty file each, named `<pid>.<mark>.<random>`. Call under the server's lock. */
export async function registerUser(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${ownMark()}.${randomBytes(4).toString('hex')}`)
  await writeFile(file, '')
  return file
}

/** Living users; files of dead ones are removed on the way. */
export async function livingUsers(folder: string): Promise<string[]> {
  const living: string[] = []
  for (const name of await namesIn(folder)) {
    if (markLives(name)) living.push(name)
    else await rm(join(folder, name), { force: true })
  }
  return living
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}
