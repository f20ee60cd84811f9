/** What a tarball has inside. */
import { execFileSync } from 'node:child_process'

export interface PackedManifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export const textIn = (tarball: string, file: string): string =>
  execFileSync('tar', ['-xzOf', tarball, `package/${file}`], { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })

export const manifestIn = (tarball: string): PackedManifest => JSON.parse(textIn(tarball, 'package.json')) as PackedManifest
