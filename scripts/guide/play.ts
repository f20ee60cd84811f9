import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSteps } from './steps.ts'

/** Who does what a guide says. */
export interface Reader {
  /** Where the reader begins. */
  readonly folder: string
  /** Types a line in a folder, as at a terminal; what it has shown. @throws where it fails */
  type(line: string, folder: string): Promise<string>
}

/** The id of a run that the guide shows is that of its author: the reader takes the one that was printed last. */
const runId = /\bmx[0-9a-z]{10}\b/

/**
 * Does what a guide says, in its order: writes its files, types its lines, looks for what it shows.
 * @returns how many lines were typed, and how many were seen
 * @throws where a line fails, or something is not shown
 */
export async function playGuide(guide: string, reader: Reader): Promise<{ readonly typed: number; readonly seen: number }> {
  let [folder, said, run, typed, seen] = [reader.folder, '', '', 0, 0]
  for (const step of readSteps(guide)) {
    if (step.kind === 'writes') {
      mkdirSync(dirname(join(folder, step.file)), { recursive: true })
      writeFileSync(join(folder, step.file), step.text)
    } else if (step.kind === 'shows') {
      for (const line of step.lines) {
        if (!said.includes(line)) throw new Error(`the guide shows ${JSON.stringify(line)}, and its reader saw:\n${said}`)
        seen += 1
      }
    } else {
      said = ''
      for (const line of step.lines) {
        const entered = /^cd ([\w-]+)$/.exec(line)?.[1]
        if (entered !== undefined) folder = join(folder, entered)
        else {
          const shown = await reader.type(line.replace(runId, run), folder)
          run = /^run (mx[0-9a-z]{10}) of /m.exec(shown)?.[1] ?? run
          said += shown
          typed += 1
        }
      }
    }
  }
  return { typed, seen }
}
