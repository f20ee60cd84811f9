import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Files that appear whole or not at all. The content is written beside the name and is on the disk before the name points to it; when the
 * promise resolves, the file survives a power cut.
 */
export interface FileOptions {
  /** Permission bits, for example `0o600`. */
  readonly mode: number
}

/** Puts the file in the place of an older one. A crash leaves the old file or the new one, never a part. */
export async function replaceFile(path: string, content: string, options: FileOptions): Promise<void> {
  await withDraft(path, content, options, async (draft) => {
    await rename(draft, path)
    return true
  })
}

/** Creates the file unless there is one: of several writers exactly one gets `true`, and the content is its own. */
export const createFile = (path: string, content: string, options: FileOptions): Promise<boolean> =>
  withDraft(path, content, options, (draft) =>
    link(draft, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    ),
  )

async function withDraft(
  path: string,
  content: string,
  { mode }: FileOptions,
  publish: (draft: string) => Promise<boolean>,
): Promise<boolean> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.draft`
  try {
    await writeDurably(draft, content, mode)
    const published = await publish(draft)
    if (published) await syncFolder(dirname(path))
    return published
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Windows opens no folder; there the rename alone must do. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
