import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ownerToken } from '@sluice/serve/owner'
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

/**
 * The folder of the state as the whole configuration says it. `undefined` where a file speaks of it otherwise than in a plain text: then
 * the configuration has to be read.
 */
export async function plainStateDir(root: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  if (env.SLUICE_STATE_DIR) return resolve(root, env.SLUICE_STATE_DIR)
  const [envFile, config] = await Promise.all([textOf(join(root, '.env')), textOf(join(root, 'sluice.config.ts'))])
  const inEnv = plainText(envFile, /SLUICE_STATE_DIR/g, /^[ \t]*SLUICE_STATE_DIR=(['"]?)(?<text>[^'"#\s$\\]+)\1[ \t]*$/m)
  const said =
    inEnv === 'unsaid' ? plainText(config, /stateDir|SLUICE_STATE_DIR/g, /\bstateDir:\s*(['"])(?<text>[^'"\n$\\]+)\1\s*[,}]/) : inEnv
  return said === 'unclear' ? undefined : resolve(root, said === 'unsaid' ? '.sluice' : said.text)
}

/** What a file says of a name, where it says it once and as a text. */
function plainText(source: string | undefined, name: RegExp, plain: RegExp): { readonly text: string } | 'unsaid' | 'unclear' {
  const code = source?.replaceAll(/^\s*(?:\/\/|\/?\*|#).*$/gm, '') ?? ''
  const mentions = code.match(name)?.length ?? 0
  if (mentions === 0) return 'unsaid'
  const text = plain.exec(code)?.groups?.text
  return text === undefined || mentions > 1 ? 'unclear' : { text }
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)
