import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages, root } from '../workspace.ts'
import type { Needs } from './touched.ts'

/** What each package needs: manifests do not say what tests alone import, nor which project they start. */
export function readNeeds(): readonly Needs[] {
  const packages = readPackages()
  return packages.map(({ name, folder, dependencies, devDependencies }) => {
    const files = globSync('**/*.{ts,tsx,js,py}', {
      cwd: join(root, folder),
      exclude: (path) => /(?:^|\/)(?:node_modules|\.sluice)$/.test(path),
    })
    const text = files.map((file) => readFileSync(join(root, folder, file), 'utf8')).join('\n')
    const named = packages.filter((other) => other.name !== name && mentions(text, other)).map((other) => other.name)
    return { name, folder, needs: new Set([...dependencies, ...devDependencies, ...named]) }
  })
}

/** By its name in quotes, with or without a path below it, or by its folder. */
export const mentions = (text: string, { name, folder }: { readonly name: string; readonly folder: string }): boolean =>
  [`'${name}'`, `"${name}"`, `'${name}/`, `"${name}/`, `${folder}/`, `${folder}'`].some((way) => text.includes(way))
