import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(import.meta.resolve('../../bin/sluice.js'))

/** Writes the URL of each module that is loaded to a file descriptor of its own. */
const told = `data:text/javascript,${encodeURIComponent(`
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({ load: (url, context, next) => { writeSync(3, url + '\\n'); return next(url, context) } })
`)}`

/** A command as a process of its own, and the modules that it loaded. */
export function loadedBy(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): { readonly status: number | null; readonly modules: readonly string[] } {
  const { status, output } = spawnSync(process.execPath, ['--import', told, bin, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...options,
  })
  return { status, modules: (output[3] ?? '').split('\n') }
}

/** Parts of a platform, which a command towards a server has no use for. */
export const ofAServer: readonly string[] = [
  '/node_modules/@duckdb/',
  '/node_modules/hono/',
  '/node_modules/pg/',
  '/node_modules/@hono/',
  '/node_modules/@clack/',
  '/runtime/engine/',
  '/data/lake/',
  '/foundation/author/',
]

/** Which of the parts are among the modules. */
export const partsIn = (modules: readonly string[], parts: readonly string[]): readonly string[] =>
  parts.filter((part) => modules.some((url) => url.includes(part)))
