import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SluiceError } from '@sluice/core'
import { createFile, isSameProcess, lockErrors, processMark, replaceFile } from '@sluice/process'

/** The `sluice start` that runs on a state directory. */
export interface RunningServer {
  readonly pid: number
  /** `null` until it listens. */
  readonly url: string | null
}

interface Holder extends RunningServer {
  readonly mark: string
  readonly released: boolean
}

export interface ServerLock {
  /** Records the URL, for others to find. */
  listening(url: string): Promise<void>
  release(): Promise<void>
}

const folderIn = (stateDir: string): string => join(stateDir, 'server')

/** The server that runs on the state. A file that a killed server left does not count. */
export async function runningServer(stateDir: string): Promise<RunningServer | undefined> {
  const folder = folderIn(stateDir)
  const holder = await read(folder, await highest(folder))
  return holder !== undefined && holds(holder) ? { pid: holder.pid, url: holder.url } : undefined
}

/**
 * Takes the lock of a state directory, which only one `sluice start` can hold. The lock is the file `server/<n>.json` with the highest
 * number. Whoever finds its holder dead or released links the next number, which only one process can do. The highest file is never
 * removed, so that no number comes twice. A process that was slow and took a number below the highest sees that when it looks again, and
 * gives the number back.
 * @throws `lock.held` with the pid and URL of the server that runs
 */
export async function acquireLock(stateDir: string): Promise<ServerLock> {
  const folder = folderIn(stateDir)
  await mkdir(folder, { recursive: true })
  const own: Holder = { pid: process.pid, mark: processMark(process.pid) ?? '-', url: null, released: false }
  const number = await take(folder, own, stateDir)
  for (const older of await numbers(folder)) if (older < number) await rm(fileOf(folder, older), { force: true })
  return {
    listening: (url) => put(folder, number, { ...own, url }),
    release: () => put(folder, number, { ...own, released: true }),
  }
}

async function take(folder: string, own: Holder, stateDir: string): Promise<number> {
  for (;;) {
    const last = await highest(folder)
    const holder = await read(folder, last)
    if (holder !== undefined && holds(holder)) throw held(holder, stateDir)
    if (!(await createFile(fileOf(folder, last + 1), JSON.stringify(own), { mode: 0o600 }))) continue
    if ((await highest(folder)) === last + 1) return last + 1
    await rm(fileOf(folder, last + 1), { force: true })
  }
}

const holds = ({ pid, mark, released }: Holder): boolean => !released && isSameProcess(pid, mark)
const fileOf = (folder: string, number: number): string => join(folder, `${number}.json`)

async function numbers(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch(() => [])
  return names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number)
}

const highest = async (folder: string): Promise<number> => Math.max(0, ...(await numbers(folder)))

async function read(folder: string, number: number): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(folder, number), 'utf8')) as Holder
  } catch {
    return undefined
  }
}

/** Only the holder of a number writes its file. */
const put = (folder: string, number: number, holder: Holder): Promise<void> =>
  replaceFile(fileOf(folder, number), JSON.stringify(holder), { mode: 0o600 })

const held = ({ pid, url }: RunningServer, stateDir: string): SluiceError =>
  lockErrors.held(`Sluice is already running here: pid ${pid}, ${url ?? 'still starting'}`, {
    facts: { pid, url, stateDir },
    next: `Use that one, or stop it first: kill ${pid}.`,
  })
