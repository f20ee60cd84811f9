import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package at the version that the workspace has, as npm is told it. */
export const pinned = (name: string): string => {
  const manifest = readFileSync(join(import.meta.dirname, '../../node_modules', name, 'package.json'), 'utf8')
  return `${name}@${(JSON.parse(manifest) as { version: string }).version}`
}
