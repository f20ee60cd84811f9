/** What a published package must not have, and must not lack. Pure; `pack.ts` refuses a package with a fault. */
import { posix } from 'node:path'
import { namesIn } from '../imports.ts'

export interface Shipped {
  /** Relative to the package. */
  readonly path: string
  readonly text: string
}

export interface Declared {
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** @param workspace the folder it was built from, which nothing may name */
export function leaksIn(files: readonly Shipped[], manifest: Declared, workspace: string): readonly string[] {
  const paths = new Set(files.map(({ path }) => path))
  return [
    ...files.filter(({ path }) => !isShippable(path)).map(({ path }) => `${path}: it is not for people who install the package`),
    ...files.filter(({ text }) => text.includes(workspace)).map(({ path }) => `${path}: it names the folder of the workspace`),
    ...files.filter(isModule).flatMap((file) => lostNames(file, paths, manifest)),
    ...files.filter(({ path }) => path.endsWith('.map')).flatMap(foreignSources),
    ...targetsOf(manifest)
      .filter((target) => !paths.has(target))
      .map((target) => `package.json names ${target}, which is not there`),
    ...unusedDependencies(files, manifest),
  ]
}

const isShippable = (path: string): boolean =>
  /\.(?:js|js\.map|d\.ts|sql|json|md)$|^(?:LICENSE|NOTICE)$/.test(path) &&
  !/(?:^|\/)(?:fixtures|interop|node_modules|\.sluice)\/|\.(?:test|cases|faults|fixture)\./.test(path)

const isModule = ({ path }: Shipped): boolean => /\.(?:js|d\.ts)$/.test(path)

/** Names that lead nowhere once the package is installed. */
function lostNames({ path, text }: Shipped, paths: ReadonlySet<string>, manifest: Declared): readonly string[] {
  return namesIn(text).flatMap(({ name, isBeside }) => {
    if (isBeside || name.startsWith('.')) {
      const target = posix.join(posix.dirname(path), name)
      // Above the package is the folder that it is installed in.
      if (target.startsWith('..')) return isBeside ? [] : [`${path}: ${name} leads out of the package`]
      const types = path.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
      return paths.has(types) || [...paths].some((each) => each.startsWith(`${target}/`)) ? [] : [`${path}: ${name} leads nowhere`]
    }
    const asked = packageOf(name)
    return asked === undefined || isKnown(asked, manifest, path.endsWith('.d.ts')) ? [] : [`${path}: ${name} is not a dependency`]
  })
}

const packageOf = (name: string): string | undefined =>
  name.includes(':') ? undefined : /^(?:@[a-z0-9._-]+\/)?[a-z0-9][a-z0-9._-]*(?=\/|$)/.exec(name)?.[0]

function isKnown(name: string, { dependencies = {}, peerDependencies = {} }: Declared, isTypes: boolean): boolean {
  return name in dependencies || name in peerDependencies || (isTypes && typesOf(name) in dependencies)
}

const typesOf = (name: string): string => `@types/${name.replace(/^@/, '').replace('/', '__')}`

function foreignSources({ path, text }: Shipped): readonly string[] {
  const { sources } = JSON.parse(text) as { readonly sources: readonly string[] }
  return sources.filter((source) => /^(?:\.\.)?\//.test(source)).map((source) => `${path}: its source is ${source}`)
}

const targetsOf = ({ exports = {}, bin = {} }: Declared): readonly string[] =>
  [
    ...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default])),
    ...Object.values(bin),
  ].map((target) => posix.normalize(target))

/** What an install would bring for nothing. */
function unusedDependencies(files: readonly Shipped[], { dependencies = {} }: Declared): readonly string[] {
  const used = new Set(files.filter(isModule).flatMap(({ text }) => namesIn(text).map(({ name }) => packageOf(name))))
  return Object.keys(dependencies)
    .filter((name) => !used.has(name) && ![...used].some((each) => each !== undefined && typesOf(each) === name))
    .map((name) => `package.json: nothing imports ${name}`)
}
