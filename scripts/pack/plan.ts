/** What each product ships, decided from the sources and what the compiler made of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.ts'
import { ownerOf, type Published, publicEntries } from './manifest.ts'
import { type Member, memberOf } from './members.ts'
import { placeOf } from './place.ts'
import type { Product } from './products.ts'
import { reachedFrom } from './reach.ts'

const sourceText = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Every module that a product may need, types included: what is to be compiled. */
export const sourcesOf = (product: Product, members: readonly Member[]): ReadonlySet<string> =>
  reachedFrom(entriesOf(product, members), members, sourceText).modules

const entriesOf = (product: Product, members: readonly Member[]): readonly string[] => [
  ...Object.values(publicEntries(ownerOf(product, members))),
  ...Object.values(product.bin),
]

/** @param compiled the folder in which the compiler wrote */
export function publishedOf(product: Product, members: readonly Member[], compiled: string): Published {
  const entries = publicEntries(ownerOf(product, members))
  const compiledText = (file: string): string =>
    file.endsWith('.ts') ? readFileSync(join(compiled, file.replace(/\.ts$/, '.js')), 'utf8') : sourceText(file)
  const typesText = (file: string): string => readFileSync(join(compiled, file.replace(/\.ts$/, '.d.ts')), 'utf8')
  const code = reachedFrom(entriesOf(product, members), members, compiledText)
  const types = reachedFrom(Object.values(entries), members, typesText)
  const isAlone = new Set([...code.modules].map((file) => memberOf(members, file)?.name)).size === 1
  const place = (file: string): string => {
    const member = memberOf(members, file)
    if (member === undefined) throw new Error(`${file} belongs to no package of the workspace`)
    return placeOf(product, member, file, isAlone)
  }
  return {
    product,
    members,
    code,
    types,
    placeOf: place,
    entries,
    nodes: product.bringsNode ? nodesOfRoot() : {},
    repository: process.env.GITHUB_REPOSITORY,
  }
}

function nodesOfRoot(): Readonly<Record<string, string>> {
  const { optionalDependencies = {} } = JSON.parse(sourceText('package.json')) as { optionalDependencies?: Record<string, string> }
  return Object.fromEntries(Object.entries(optionalDependencies).filter(([name]) => name.startsWith('node-')))
}
