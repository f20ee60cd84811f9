import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/**
 * The folder of the platform: `SLUICE_ROOT`; or the nearest folder at or above `from` whose `sluice.config.ts` defines a platform; or the
 * nearest that defines a project, where no platform above lists it: that project is a platform of its own. Without either it is
 * `from`. The files are looked at and not imported: this comes before each command.
 */
export function findRoot(from: string, env: Readonly<Record<string, string | undefined>>): string {
  if (env.SLUICE_ROOT) return resolve(env.SLUICE_ROOT)
  let project: string | undefined
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const config = configOf(folder)
    if (defines('platform', config)) return project !== undefined && leavesOut(config, folder, project) ? project : folder
    if (defines('project', config)) project ??= folder
    if (dirname(folder) === folder) return project ?? resolve(from)
  }
}

const defines = (what: 'platform' | 'project', config: string): boolean => new RegExp(`\\b${what}\\s*\\(`).test(config)

/** Whether a platform lists its projects as plain texts, and this folder is none of them. A list that is computed may hold anything. */
function leavesOut(config: string, root: string, project: string): boolean {
  const list = /\bprojects:\s*\[([^\]]*)\]/.exec(config.replaceAll(/\/\/.*/g, ''))?.[1]
  if (list === undefined) return false
  const listed = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => resolve(root, single ?? double ?? ''))
  const isPlain = /^(?:\s|,|'[^']*'|"[^"]*")*$/.test(list)
  const within = (folder: string): boolean => !relative(folder, project).split(sep).includes('..')
  return isPlain && !listed.some(within)
}

function configOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'sluice.config.ts'), 'utf8')
  } catch {
    return ''
  }
}
