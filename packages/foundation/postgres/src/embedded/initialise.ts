import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresErrors } from '../errors.ts'
import type { Binaries } from './binaries.ts'
import { giveTo } from './give-to.ts'
import { launch, logFrom } from './launch.ts'
import { accountOfInitdb } from './own-account.ts'
import { candidates, inPlacePath, launchAs, type RunAs } from './run-as.ts'
import type { ServerFiles } from './state.ts'

export const superuser = 'postgres'

/** The major version of the data directory, or `undefined` when there is none yet. */
export async function dataMajor(files: ServerFiles): Promise<number | undefined> {
  try {
    return Number(await readFile(join(files.data, 'PG_VERSION'), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Makes the data directory, once: under another name, renamed when whole, so that a crash leaves none rather than a part. The name is
 * different each time: an initdb whose parent was killed keeps running and must not write into the next one's files. Returns the way of
 * running that worked.
 */
export async function initialise(options: {
  files: ServerFiles
  binaries: Binaries
  major: number
  environment: Record<string, string>
  password: string
  ways: Parameters<typeof candidates>[0]
}): Promise<RunAs> {
  const { files, binaries, major, environment, password, ways } = options
  const fresh = join(files.dir, `${draft}${randomBytes(4).toString('hex')}`)
  const passwordFile = `${fresh}.password`
  const reasons: string[] = []
  const account = ways.account === undefined ? undefined : await accountOfInitdb(ways.account)
  for (const way of candidates(ways)) {
    const how = launchAs(way, account)
    await rm(fresh, { recursive: true, force: true })
    await mkdir(fresh, { mode: 0o700 })
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (how.owner !== undefined) for (const path of [fresh, passwordFile]) await chown(path, how.owner.uid, how.owner.gid)
    const offset = await sizeOf(files.log)
    const opened = await open(passwordFile, 'r')
    try {
      const child = await launch({
        how,
        program: binaries.initdb,
        args: how.inPlace ? initdbArguments(major, inPlacePath, '/proc/self/fd/3') : initdbArguments(major, fresh, passwordFile),
        log: files.log,
        environment,
        ...(how.inPlace ? { cwd: fresh, file: opened.fd } : {}),
      })
      const problem = await child.exited
      if (problem === '') {
        const owner = launchAs(way, ways.account).owner
        if (owner !== undefined) await giveTo(fresh, owner)
        await rename(fresh, files.data)
        return way
      }
      reasons.push(`${way}: ${problem}; ${lastLine(await logFrom(files.log, offset))}`)
    } finally {
      await opened.close()
      await rm(passwordFile, { force: true })
    }
  }
  await rm(fresh, { recursive: true, force: true })
  throw postgresErrors.failed(`initdb did not succeed in ${files.dir} (${reasons.join(' | ')})`, {
    facts: { dir: files.dir, log: files.log },
    next: `Read ${files.log}; an ordinary user needs no other account, and root none where the programs lie in a folder that every account can reach.`,
  })
}

const draft = 'data.new.'

/** What killed initdbs left. One that still runs may add files while we remove: the next start gets them. */
export async function removeDrafts(files: ServerFiles): Promise<void> {
  for (const name of await readdir(files.dir)) {
    if (name.startsWith(draft)) await rm(join(files.dir, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function initdbArguments(major: number, data: string, passwordFile: string): string[] {
  const access = [`--username=${superuser}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  return ['-D', data, ...access, '--encoding=UTF8', ...localeArguments(major), '--no-sync', '--no-instructions']
}

/** PostgreSQL 16 knows no builtin locales, and macOS has no C.UTF-8. */
function localeArguments(major: number): string[] {
  if (process.platform !== 'linux')
    return major < 17 ? ['--locale=C'] : ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return ['--locale=C.UTF-8', ...(major < 17 ? [] : ['--locale-provider=builtin'])]
}

export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
