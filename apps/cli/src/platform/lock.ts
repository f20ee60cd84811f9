import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/core'
import { isAlive, startMark } from './process-mark.ts'

/** The `sluice start` that runs on a state directory. */
export interface RunningServer {
  readonly pid: number
  /** `null` until it listens. */
  readonly url: string | null
}

interface LockFile extends RunningServer {
  readonly mark: string
}

export interface ServerLock {
  /** Lets others know where it listens. */
  listening(url: string): Promise<void>
  release(): Promise<void>
}

const pathIn = (stateDir: string): string => join(stateDir, 'server.json')

/** The server that runs, `undefined` when none does, whatever file a killed one left. */
export async function runningServer(stateDir: string): Promise<RunningServer | undefined> {
  const found = await read(pathIn(stateDir))
  return found !== undefined && isAlive(found.pid, found.mark) ? { pid: found.pid, url: found.url } : undefined
}

/**
 * One `sluice start` a state directory. A file of a process that is gone is moved away, and looked at again there: of two that find it, one moves
 * it, and neither can move the other's new one unnoticed. @throws `lock.held` with the pid and URL of the one that runs.
 */
export async function acquireLock(stateDir: string): Promise<ServerLock> {
  const path = pathIn(stateDir)
  const own: LockFile = { pid: process.pid, mark: startMark(process.pid), url: null }
  const draft = `${path}.${process.pid}`
  await writeFile(draft, JSON.stringify(own), { mode: 0o644 })
  try {
    for (;;) {
      if (await linked(draft, path)) break
      const holder = await read(path)
      if (holder !== undefined && isAlive(holder.pid, holder.mark)) throw held(holder, stateDir)
      await moveAside(path, `${path}.stale.${process.pid}`)
    }
  } finally {
    await rm(draft, { force: true })
  }
  return {
    listening: async (url) => {
      await writeFile(draft, JSON.stringify({ ...own, url }), { mode: 0o644 })
      await rename(draft, path)
    },
    release: async () => {
      const holder = await read(path)
      if (holder?.pid === own.pid && holder.mark === own.mark) await rm(path, { force: true })
    },
  }
}

async function moveAside(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const moved = await read(aside)
  if (moved !== undefined && isAlive(moved.pid, moved.mark)) await linked(aside, path)
  await rm(aside, { force: true })
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function read(path: string): Promise<LockFile | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockFile
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

const held = ({ pid, url }: RunningServer, stateDir: string): SluiceError =>
  new SluiceError('lock.held', `Sluice runs already here: pid ${pid}, ${url ?? 'still starting'}`, {
    facts: { pid, url, stateDir },
    next: `Use that one, or end it first: kill ${pid}`,
  })
