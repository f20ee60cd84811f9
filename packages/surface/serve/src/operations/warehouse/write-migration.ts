import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { requestErrors } from '@sluice/core'
import type { DiffAnswer } from '@sluice/warehouse'

/** Writes both sides of a proposed migration into the project. Answers their files. @throws as `writeNew` */
export async function writeMigration(folder: string, { id, up, down }: NonNullable<DiffAnswer['migration']>): Promise<readonly string[]> {
  const sides = [
    [join(folder, `${id}.up.sql`), up],
    [join(folder, `${id}.down.sql`), down],
  ] as const
  for (const [file, text] of sides) await writeNew(file, text)
  return sides.map(([file]) => file)
}

/** @throws `request.invalid` where the project is not on this machine, or the file is there */
async function writeNew(file: string, text: string): Promise<void> {
  const folder = dirname(file)
  try {
    // The folder of the project is there; that of its migrations may not be.
    await mkdir(folder).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    throw requestErrors.invalid(`cannot write ${file}`, {
      cause: error,
      next: hasCode(error, 'ENOENT')
        ? 'The project is on another machine: take the text from here and write the file there.'
        : 'See that the folder can be written and has no file of this name.',
    })
  }
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code
