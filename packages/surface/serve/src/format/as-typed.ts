import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The first words of all commands: what follows "sluice" where a command is meant. */
export const firstWords = [
  ...[
    'audit',
    'backfills',
    'backup',
    'backups',
    'budget',
    'completion',
    'config',
    'datasets',
    'demo',
    'dev',
    'doctor',
    'help',
    'init',
    'lake',
    'ledger',
  ],
  ...[
    'login',
    'models',
    'notify',
    'pipelines',
    'pools',
    'reset',
    'restore',
    'runs',
    'sources',
    'start',
    'tasks',
    'tokens',
    'users',
    'validate',
    'warehouse',
  ],
  'worker',
] as const

const command = new RegExp(`(?<!npx |[\\w./@-])sluice(?= (?:${firstWords.join('|')})\\b)`, 'g')

/** Advice with its commands as a shell takes them: through npx, unless the shell itself finds `sluice`. */
export function asTyped(text: string, path = process.env.PATH ?? ''): string {
  if (!text.includes('sluice ') || isOn(path)) return text
  return text.replaceAll(command, 'npx sluice')
}

/** npm and npx put the folders of packages before the path of the shell that they were called from. */
const isOn = (path: string): boolean =>
  path
    .split(delimiter)
    .some(
      (folder) => folder !== '' && !/[\\/](?:node_modules[\\/]\.bin|node-gyp-bin)[\\/]?$/.test(folder) && isProgram(join(folder, 'sluice')),
    )

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
