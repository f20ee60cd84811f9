/** The templates as a module, so that a package holds them wherever its files lie: `npm run templates` writes it, a test compares. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.ts'

export const generated = 'packages/foundation/scaffold/src/generated/templates.ts'

export function generateTemplates(): string {
  const { devDependencies, allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>
    allowScripts: unknown
  }
  const versions = Object.fromEntries(['@types/node', 'typescript', 'vitest'].map((name) => [name, devDependencies[name]]))
  const templates = Object.fromEntries(['blank', 'api', 'files'].map((name) => [name, filesIn(name)]))
  const constant = (name: string, type: string, value: unknown): string =>
    `export const ${name}${type} = ${JSON.stringify(value, null, 2)}${type === '' ? ' as const' : ''}\n`
  return [
    '// Written by npm run templates from the folder templates/.\n',
    constant('versions', '', versions),
    constant('allowScripts', '', allowScripts),
    constant('sharedFiles', '', filesIn('shared')),
    constant('templateFiles', ": Readonly<Record<'blank' | 'api' | 'files', Readonly<Record<string, string>>>>", templates),
  ].join('\n')
}

const filesIn = (folder: string): Readonly<Record<string, string>> => {
  const dir = join(root, 'templates', folder)
  const files = globSync('**/*', { cwd: dir, withFileTypes: true, exclude: (each) => each.name === 'node_modules' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return Object.fromEntries(files.map((file) => [file.slice(dir.length + 1).replaceAll('\\', '/'), readFileSync(file, 'utf8')]))
}
