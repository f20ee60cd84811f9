import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

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
