import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@sluice/process'
import { postgresErrors } from '../errors.ts'
import type { RunAs } from './run-as.ts'

/** The files of one embedded server, all below the folder it was given. */
export interface ServerFiles {
  readonly dir: string
  readonly data: string
  readonly state: string
  readonly password: string
  readonly log: string
  readonly lock: string
  readonly users: string
  readonly libraries: string
}

export interface State {
  readonly major: number
  readonly port: number
  readonly runAs: RunAs
}

export const filesOf = (dir: string): ServerFiles => ({
  dir,
  data: join(dir, 'data'),
  state: join(dir, 'server.json'),
  password: join(dir, 'password'),
  log: join(dir, 'server.log'),
  lock: join(dir, 'lock'),
  users: join(dir, 'users'),
  libraries: join(dir, 'lib'),
})

export async function readState(files: ServerFiles): Promise<Partial<State>> {
  try {
    return JSON.parse(await readFile(files.state, 'utf8')) as Partial<State>
  } catch {
    return {}
  }
}

export const writeState = (files: ServerFiles, state: State): Promise<void> =>
  replaceFile(files.state, `${JSON.stringify(state)}\n`, { mode: 0o600 })

/** The superuser's password, made at first use, readable by the owner only. */
export async function superuserPassword(files: ServerFiles): Promise<string> {
  const known = await readFile(files.password, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (known !== undefined) return known.trim()
  if (await present(join(files.data, 'PG_VERSION'))) {
    throw postgresErrors.failed(`${files.data} holds a database cluster, and its password file ${files.password} is missing`, {
      facts: { dir: files.dir },
      next: 'Bring the password file back, or remove the folder to begin with an empty cluster.',
    })
  }
  const made = randomBytes(24).toString('base64url')
  await replaceFile(files.password, `${made}\n`, { mode: 0o600 })
  return made
}

const present = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

export const makeFolder = (files: ServerFiles): Promise<string | undefined> => mkdir(files.dir, { recursive: true, mode: 0o700 })
