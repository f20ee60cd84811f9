/** The house as its manifests describe it: what the architecture test judges and the diagram draws. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * From the ground up. A package may depend only on layers before its own; `core`, `author` and `process` are the ground of the foundation,
 * one on the other.
 */
export const layers = ['core', 'author', 'process', 'foundation', 'data', 'logic', 'runtime', 'surface', 'assembly', 'apps'] as const
export type Layer = (typeof layers)[number] | 'projects' | 'simulators' | 'outside'

export interface Package {
  readonly name: string
  /** Relative to the root. */
  readonly folder: string
  readonly layer: Layer
  readonly description: string
  readonly dependencies: readonly string[]
  /** Those of the dependencies that npm leaves out where they do not fit the system. */
  readonly optional: readonly string[]
  readonly devDependencies: readonly string[]
  /** The order of the folders in `src`, lowest first, where the package states it. */
  readonly rooms: readonly string[] | undefined
}

export function readPackages(): readonly Package[] {
  const manifests = globSync(
    ['packages/*/*/package.json', '{apps,simulators,projects}/*/package.json', '{bench,examples,templates}/package.json'],
    {
      cwd: root,
    },
  )
  return manifests.map((file) => readPackage(join(root, file))).sort((a, b) => a.folder.localeCompare(b.folder))
}

function readPackage(file: string): Package {
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    name: string
    description?: string
    dependencies?: Record<string, string>
    devDependencies?: Record<string, string>
    optionalDependencies?: Record<string, string>
    sluice?: { readonly rooms?: readonly string[] }
  }
  const folder = relative(root, dirname(file)).replaceAll('\\', '/')
  return {
    name: manifest.name,
    folder,
    layer: layerOf(folder),
    description: manifest.description ?? '',
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
    optional: Object.keys(manifest.optionalDependencies ?? {}),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    rooms: manifest.sluice?.rooms,
  }
}

function layerOf(folder: string): Layer {
  const ground = /^packages\/foundation\/(core|author|process)$/.exec(folder)?.[1]
  if (ground !== undefined) return ground as Layer
  const [top = '', second = ''] = folder.split('/')
  if (top === 'packages') return second as Layer
  return top === 'apps' || top === 'projects' || top === 'simulators' ? top : 'outside'
}
