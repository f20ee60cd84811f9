import { requestErrors } from '@sluice/core'
import { allowScripts, versions } from '../generated/templates.ts'

const scripts = { dev: 'sluice dev', start: 'sluice start', test: 'vitest run', demo: 'sluice demo', check: 'sluice validate' } as const

type Entries = Readonly<Record<string, unknown>>

export interface ManifestPlan {
  readonly text: string
  /** What was added to one that is there, in words. */
  readonly added: readonly string[]
}

/**
 * `package.json`. To one that is there what is missing is added; nothing of it is changed, but that a folder without code becomes one of
 * modules, which definitions are: `npm init` says otherwise. A script whose name is taken is added as `sluice:<name>`.
 * @param sluice the version, range or file of `sluice` to depend on
 * @throws `request.invalid` where it cannot be added to
 */
export function planManifest(name: string, sluice: string, existing: string | undefined, hasCode: boolean): ManifestPlan {
  const now = existing === undefined ? { name, private: true, type: 'module' } : parsed(existing)
  const isOfModules = now.type === 'module'
  if (!isOfModules && hasCode) {
    throw requestErrors.invalid('the code of this folder is CommonJS (package.json has no "type": "module"), and definitions are modules', {
      next: 'Write "type": "module" there if that is right for the code, or make the project in a folder of its own: npx sluice init FOLDER.',
    })
  }
  const known = { ...entriesOf(now.dependencies), ...entriesOf(now.devDependencies) }
  const added: string[] = isOfModules ? [] : ['"type": "module"']
  const missing = (given: Entries, there: Entries, what: string): Entries =>
    Object.fromEntries(
      Object.entries(given).filter(([key]) => {
        if (key in there) return false
        added.push(`${what} ${key}`)
        return true
      }),
    )
  const next = {
    ...now,
    type: 'module',
    scripts: { ...entriesOf(now.scripts), ...missing(scriptsBeside(entriesOf(now.scripts)), entriesOf(now.scripts), 'script') },
    dependencies: { ...entriesOf(now.dependencies), ...missing({ sluice }, known, 'dependency') },
    devDependencies: { ...entriesOf(now.devDependencies), ...missing(ranges, known, 'development dependency') },
    allowScripts: { ...entriesOf(now.allowScripts), ...missing(allowScripts, entriesOf(now.allowScripts), 'allowed script of') },
  }
  return { text: `${JSON.stringify(next, null, indentOf(existing))}\n`, added: existing === undefined ? [] : added }
}

const ranges = Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, `^${version}`]))

function scriptsBeside(there: Entries): Entries {
  const own = Object.entries(scripts).map(([key, line]) => {
    if (!(key in there) || there[key] === line) return [key, line]
    return [`sluice:${key}`, key === 'test' ? 'vitest run pipelines' : line]
  })
  return Object.fromEntries(own)
}

const entriesOf = (value: unknown): Entries => (typeof value === 'object' && value !== null ? (value as Entries) : {})

/** As the file has it: another one would show each of its lines as changed. */
const indentOf = (text: string | undefined): string => /^\s*\{\r?\n([ \t]+)/.exec(text ?? '')?.[1] ?? '  '

function parsed(text: string): Entries {
  try {
    // npm takes one with a byte order mark, which PowerShell writes.
    return JSON.parse(text.replace(/^\ufeff/, '')) as Entries
  } catch (cause) {
    throw requestErrors.invalid(`package.json cannot be read: ${(cause as Error).message}`, {
      cause,
      next: 'Correct it, or make the project in a folder of its own: npx sluice init FOLDER.',
    })
  }
}
