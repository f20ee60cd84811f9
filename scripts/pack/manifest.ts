/** The manifest of a published package: entry points compiled, dependencies as the packages inside declare them. */
import { type Manifest, type Member, memberOf } from './members.ts'
import type { Product } from './products.ts'
import type { Reached } from './reach.ts'

export interface Published {
  readonly product: Product
  readonly members: readonly Member[]
  /** What runs. */
  readonly code: Reached
  /** What a compiler of its users reads. */
  readonly types: Reached
  readonly placeOf: (file: string) => string
  /** Entry points and the sources behind them. */
  readonly entries: Readonly<Record<string, string>>
  /** Name and version of the packages that bring a Node, by the root's manifest. */
  readonly nodes: Readonly<Record<string, string>>
  /** `owner/name` on GitHub: the workflow that publishes knows it, and npm compares it. */
  readonly repository: string | undefined
}

export interface PublishedManifest {
  readonly [field: string]: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A package's entry points, without those that only the workspace's tests use. */
export const publicEntries = ({ folder, manifest: { exports = {} } }: Member): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(exports)
      .filter(([, source]) => !source.includes('/testing/'))
      .map(([name, source]) => [name, `${folder}/${source.replace(/^\.\//, '')}`]),
  )

export function manifestOf({ product, members, code, types, placeOf, entries, nodes, repository }: Published): PublishedManifest {
  const own = ownerOf(product, members).manifest
  const inside = [...new Set([...code.modules].map((file) => memberOf(members, file)).filter((member) => member !== undefined))]
  const needed = dependenciesOf(members, code, types)
  const isImported = (name: string): boolean => code.packages.has(name) || types.packages.has(name)
  const peers = inside.flatMap(({ manifest }) => Object.entries(manifest.peerDependencies ?? {})).filter(([name]) => isImported(name))
  const peersMeta = inside
    .flatMap(({ manifest }) => Object.entries(manifest.peerDependenciesMeta ?? {}))
    .filter(([name]) => isImported(name))
  const optional = { ...Object.assign({}, ...inside.map(({ manifest }) => manifest.optionalDependencies ?? {})), ...nodes }
  const exports = Object.entries(entries).map(([name, source]) => {
    const js = `./${placeOf(source)}`
    return [name, { types: js.replace(/\.js$/, '.d.ts'), default: js }] as const
  })
  return {
    name: product.name,
    version: own.version,
    description: own.description,
    license: own.license,
    ...(repository === undefined
      ? {}
      : { repository: { type: 'git', url: `git+https://github.com/${repository}.git`, directory: product.folder } }),
    ...(own.keywords === undefined ? {} : { keywords: own.keywords }),
    engines: { node: product.engines },
    type: 'module',
    ...(exports.length === 0 ? {} : { exports: { ...Object.fromEntries(exports), './package.json': './package.json' } }),
    ...filled('bin', Object.fromEntries(Object.entries(product.bin).map(([name, file]) => [name, placeOf(file)]))),
    ...filled('dependencies', Object.fromEntries(Object.entries(needed).filter(([name]) => !peers.some(([peer]) => peer === name)))),
    ...filled('optionalDependencies', optional),
    ...filled('peerDependencies', Object.fromEntries(peers)),
    ...filled('peerDependenciesMeta', Object.fromEntries(peersMeta)),
  }
}

export const ownerOf = ({ folder }: Product, members: readonly Member[]): Member => {
  const member = members.find((each) => each.folder === folder)
  if (member === undefined) throw new Error(`${folder} is not a package of the workspace`)
  return member
}

const filled = (field: string, value: object): object => (Object.keys(value).length === 0 ? {} : { [field]: sorted(value) })

const sorted = (value: object): object => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Each package of others that code or types import, at the one version that the packages inside name. */
function dependenciesOf(members: readonly Member[], code: Reached, types: Reached): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  const take = (name: string, version: string, file: string): void => {
    if (found[name] !== undefined && found[name] !== version)
      throw new Error(`${file}: ${name} is wanted as ${version} and as ${found[name]}`)
    found[name] = version
  }
  for (const [name, files] of code.packages) for (const file of files) take(name, versionIn(manifestAt(members, file), name, file), file)
  for (const [name, files] of types.packages)
    for (const file of files) {
      const manifest = manifestAt(members, file)
      const typed = `@types/${name.replace(/^@/, '').replace('/', '__')}`
      const version = manifest.dependencies?.[typed]
      if (version === undefined) take(name, versionIn(manifest, name, file), file)
      else take(typed, version, file)
    }
  return found
}

const manifestAt = (members: readonly Member[], file: string): Manifest => {
  const member = memberOf(members, file)
  if (member === undefined) throw new Error(`${file} belongs to no package`)
  return member.manifest
}

function versionIn({ name: owner, dependencies, peerDependencies }: Manifest, name: string, file: string): string {
  const version = dependencies?.[name] ?? peerDependencies?.[name]
  if (version === undefined) throw new Error(`${file} imports ${name}, which ${owner} does not depend on`)
  return version
}
