import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Mask } from '@sluice/core'
import { logPath } from '../state/attempts.ts'
import type { HeldTask } from '../state/workers.ts'
import { AttemptLog } from './attempt-log.ts'
import { OutputFile } from './output-file.ts'

/** A file of what the children of an attempt have printed, and how far its log has it. */
export interface OpenOutput {
  readonly file: string
  readonly log: string
  readonly at: number
}

export interface DeadWorker {
  readonly stateDir: string
  readonly mask: Mask
  /** What it printed itself and did not tell. */
  readonly rest: readonly string[]
  readonly outputs: readonly OpenOutput[]
  /** The tasks that died with it. */
  readonly held: readonly HeldTask[]
}

/**
 * Brings what a killed worker could not tell to the logs of its attempts: what their children printed, and what the process printed itself
 * where it held one attempt. Returns the lines that belong to nobody.
 */
export async function tellRest({ stateDir, mask, rest, outputs, held }: DeadWorker): Promise<readonly string[]> {
  for (const { file, log, at } of outputs) {
    await append(log, mask, linesOf(file, at))
    rmSync(file, { force: true })
  }
  const [only, ...others] = held
  if (rest.length === 0 || only === undefined || others.length > 0) return rest
  await append(join(stateDir, logPath(only)), mask, rest)
  return []
}

async function append(path: string, mask: Mask, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const log = new AttemptLog(path, mask)
  for (const line of lines) log.line('info', line, undefined, 'console')
  await log.end()
}

function linesOf(file: string, at: number): readonly string[] {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    // The attempt was at its end: its log has all of it.
    return []
  }
  try {
    return [...new OutputFile(fd, at).lines(true)]
  } finally {
    closeSync(fd)
  }
}
