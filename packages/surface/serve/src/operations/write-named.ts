import { writeFile } from 'node:fs/promises'
import { inputErrors } from '@sluice/core'

/** Writes a file that was named on the line. @throws `input.invalid` where it cannot be written */
export async function writeNamed(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw inputErrors.invalid(`${file} cannot be written: ${(cause as Error).message}`, {
      facts: { file },
      cause,
      next: 'Name a file in a folder that is there and that you may write to.',
    })
  }
}
