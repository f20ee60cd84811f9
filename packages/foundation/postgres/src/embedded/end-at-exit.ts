import { readdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSameProcess, markLives, processMark } from '@sluice/process'

/** A server that this process uses, as far as its last moment needs it: nothing can be awaited there. */
export interface UsedServer {
  readonly pid: number
  /** The file of this use; beside it lie those of the others. */
  readonly user: string
}

const used = new Map<UsedServer, string>()

/**
 * Ends the server with this process when it exits without having released it (a second Ctrl-C, an exception), unless another living
 * process uses it. Returns what takes that back. A fast shutdown is asked for and goes on without us. Nothing helps against SIGKILL: then
 * the server goes on, and the next one to acquire it adopts it.
 */
export function endAtExit(server: UsedServer): () => void {
  if (used.size === 0) process.once('exit', endAll)
  used.set(server, processMark(server.pid) ?? '')
  return () => {
    used.delete(server)
    if (used.size === 0) process.off('exit', endAll)
  }
}

function endAll(): void {
  for (const [{ pid, user }, mark] of used) {
    rmSync(user, { force: true })
    if (usersBeside(dirname(user)) === 0 && isSameProcess(pid, mark)) askToEnd(pid)
  }
}

function usersBeside(folder: string): number {
  try {
    return readdirSync(folder).filter(markLives).length
  } catch {
    return 0
  }
}

function askToEnd(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    // It has ended, or belongs to somebody else.
  }
}
