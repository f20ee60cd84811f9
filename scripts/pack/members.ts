/** The packages of the workspace as the pack script needs them: entry points and what each depends on, with versions. */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { readPackages, root } from '../workspace.ts'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly keywords?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface Member {
  readonly name: string
  /** Relative to the root, with `/`. */
  readonly folder: string
  readonly manifest: Manifest
}

export const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

export const readMembers = (): readonly Member[] =>
  readPackages().map(({ name, folder }) => ({ name, folder, manifest: readManifest(folder) }))

/** Who a file belongs to, relative to the root. */
export const memberOf = (members: readonly Member[], file: string): Member | undefined =>
  members.find(({ folder }) => file.startsWith(`${folder}/`))

/** The file behind a name of a member's entry point; undefined where it is none. @throws where the member has no such entry */
export function entryOf(members: readonly Member[], specifier: string): string | undefined {
  const member = members.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`))
  if (member === undefined) return undefined
  const entry = `.${specifier.slice(member.name.length)}`
  const target = member.manifest.exports?.[entry]
  if (target === undefined) throw new Error(`${member.name} has no entry point ${entry}`)
  return posix.join(member.folder, target)
}
