/** The packages that an install without development brings, as the lock file tells them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LockedPackage {
  readonly name: string
  readonly version: string
  readonly licence: string
  /** SHA-512 of the archive, in hex. */
  readonly sha512: string
  /** Relative to the root. */
  readonly folder: string
}

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly link?: boolean
}

/** Throws where a package says no licence or has no hash: such a one is not taken in. */
export function lockedPackages(root: string): readonly LockedPackage[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Locked>> }
  return Object.entries(lock.packages)
    .filter(([folder, { dev, link }]) => folder.includes('node_modules/') && dev !== true && link !== true)
    .map(([folder, locked]) => toPackage(folder, locked))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

function toPackage(folder: string, { version, license, integrity }: Locked): LockedPackage {
  const hash = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1]
  if (version === undefined || license === undefined || hash === undefined) {
    throw new Error(`package-lock.json: ${folder} lacks a version, a licence or a SHA-512`)
  }
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return { name, version, licence: license, sha512: Buffer.from(hash, 'base64').toString('hex'), folder }
}
