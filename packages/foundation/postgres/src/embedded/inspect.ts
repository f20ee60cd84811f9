import { execFile } from 'node:child_process'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isAlive } from '@sluice/process'
import pg from 'pg'
import { postgresErrors } from '../errors.ts'
import { superuser } from './initialise.ts'
import { readPostmasterFile } from './postmaster-file.ts'
import type { ServerFiles } from './state.ts'

const run = promisify(execFile)

/**
 * `none`: no server runs (a file of a dead one may lie there, PostgreSQL clears that itself). `foreign`: the file names a
 * living process that is not a postgres on this data directory: its number was used again. `ours`: a server is there, `status`
 * says how far it is.
 */
export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'foreign'; readonly pid: number }
  | { readonly kind: 'ours'; readonly pid: number; readonly port: number; readonly status: string }

export async function inspect(files: ServerFiles): Promise<Found> {
  const file = await readPostmasterFile(files.data)
  if (file === undefined || !isAlive(file.pid)) return { kind: 'none' }
  if (!(await servesData(file.pid, files.data))) return { kind: 'foreign', pid: file.pid }
  return { kind: 'ours', pid: file.pid, port: file.port, status: file.status }
}

async function servesData(pid: number, data: string): Promise<boolean> {
  const command = process.platform === 'linux' ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : await psCommand(pid)
  const real = await realpath(data).catch(() => data)
  if (!command.includes('postgres')) return false
  // A server of its own account is not told the path of its data; all work in the folder.
  return command.includes(data) || command.includes(real) || (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === real
}

const psCommand = (pid: number): Promise<string> =>
  run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  )

/** Proves that the server on `port` takes our password. A server that is full or just starting still is ours. */
export async function passwordWorks(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5000,
    ssl: false,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === '28P01' || code === '28000') {
      throw postgresErrors.failed(`the server on port ${port} does not take the password of this folder`, {
        facts: { port },
        cause: error,
        next: 'The superuser password was changed inside the server: put it into the password file beside the data directory.',
      })
    }
    return code === '53300'
  } finally {
    await client.end().catch(() => undefined)
  }
}
