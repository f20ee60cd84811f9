import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownerToken } from '@sluice/serve/owner'
import { plainStateDir } from '../plain-state-dir.ts'
import { runningServer } from './lock.ts'
import { urlForPeopleIn } from './services-file.ts'

/** A server that runs on the state of a platform's folder, and the owner's token that it takes. */
export interface ServerHere {
  readonly url: string
  readonly token: string
}

/**
 * The server that a command may ask instead of opening the platform itself, which costs three times the processor time. `undefined` where
 * the whole configuration must be read to find the folder of the state, where no server listens yet, and where this user may not read its
 * key.
 */
export async function serverHere(root: string, env: Readonly<Record<string, string | undefined>>): Promise<ServerHere | undefined> {
  const stateDir = await plainStateDir(root, env)
  if (stateDir === undefined) return undefined
  const server = await runningServer(stateDir)
  if (server?.url == null) return undefined
  const key = await keyHere(root, env)
  return key === undefined ? undefined : { url: server.url, token: ownerToken(key) }
}

/** Where people reach the server that runs, and the key that makes a login link to it; `undefined` as `serverHere` is. */
export async function loginHere(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly url: string; readonly key: string } | undefined> {
  const [stateDir, server, key] = [await plainStateDir(root, env), await serverHere(root, env), await keyHere(root, env)]
  if (stateDir === undefined || server === undefined || key === undefined) return undefined
  return { url: (await urlForPeopleIn(stateDir)) ?? server.url, key }
}

/** The key of the state, where the folder can be found without the configuration and this user may read it. */
export async function keyHere(root: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const stateDir = await plainStateDir(root, env)
  return stateDir === undefined ? undefined : (await textOf(join(stateDir, 'key')))?.trim()
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)
