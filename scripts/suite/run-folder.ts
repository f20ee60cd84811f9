import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcessesOf } from './leftovers.ts'

const prefix = 'sluice-tests-'
const memory = '/dev/shm'
const enough = 4 * 1024 ** 3

/**
 * Vitest's `globalSetup`: one folder for the temporary files of the whole run. What a run leaves that was itself killed goes with the next
 * run; what a test file leaves whose process was killed goes at the end.
 */
export async function setup(): Promise<() => Promise<void>> {
  await clearAbandoned()
  const folder = mkdtempSync(join(place(), `${prefix}${process.pid}-`))
  // PostgreSQL runs as another user where the tests run as root, and has to get to its files.
  chmodSync(folder, 0o755)
  process.env.SLUICE_TEST_FOLDER = folder
  return () => clear(folder)
}

/**
 * In memory where there is room and programs may be run, unless `TMPDIR` says otherwise: the files of a test live for seconds, and a new
 * database cluster takes half the processor time there.
 */
function place(): string {
  if (process.env.TMPDIR) return tmpdir()
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = statfsSync(memory)
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === memory)
    return bavail * bsize >= enough && mount !== undefined && !/\bnoexec\b/.test(mount) ? memory : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** Ends and removes what runs left whose own process is gone. */
export async function clearAbandoned(): Promise<void> {
  const folder = place()
  for (const name of readdirSync(folder)) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    // Of a run that was killed the processes of its test files live on, and know only the folder of the run.
    if (owner !== undefined && !lives(Number(owner))) await clear(join(folder, name), ['SLUICE_TEST_FOLDER'])
  }
}

async function clear(folder: string, variables: readonly string[] = []): Promise<void> {
  await endProcessesOf(folder, 0, variables)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
