/**
 * `docs/public-types.txt`: what each entry point of each published package exports, as its users' compiler sees it, without comments.
 * `--write` writes it; a test compares it, so that nobody changes by accident what others build on.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicEntries } from '../pack/manifest.ts'
import { readMembers } from '../pack/members.ts'
import { products } from '../pack/products.ts'
import { root } from '../workspace.ts'
import { exportsOf } from './reference.ts'

export const publicTypesFile = join(root, 'docs/public-types.txt')

export interface Exported {
  readonly name: string
  readonly text: string
}

/** By `<package>` or `<package>/<entry>`. */
export function publicTypes(): ReadonlyMap<string, readonly Exported[]> {
  const members = readMembers()
  return new Map(
    products().flatMap(({ name, folder }) => {
      const member = members.find((each) => each.folder === folder)
      if (member === undefined) return []
      return Object.entries(publicEntries(member)).map(([entry, source]) => [
        `${name}${entry.slice(1)}`,
        [...exportsOf(join(root, source)).values()].map((each) => ({ name: each.name, text: each.text })),
      ])
    }),
  )
}

export const publicTypesText = (types: ReadonlyMap<string, readonly Exported[]>): string =>
  [...types].map(([entry, exported]) => `# ${entry}\n\n${exported.map(lineOf).sort().join('\n')}\n`).join('\n')

/** One line an export, so that a change of one is a change of one line. */
const lineOf = ({ name, text }: Exported): string => {
  const plain = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return `${name}: ${plain}`
}

export const writtenTypes = (): string => readFileSync(publicTypesFile, 'utf8')

if (import.meta.main && process.argv.includes('--write')) writeFileSync(publicTypesFile, publicTypesText(publicTypes()))
