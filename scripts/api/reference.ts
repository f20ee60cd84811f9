/**
 * `docs/sluice.md`: what a project and its tests import, from the types themselves. `--write` writes it; a test compares it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { root } from '../workspace.ts'
import { type Declared, declarationsOf } from './declarations.ts'

export const referenceFile = join(root, 'docs/sluice.md')

const entries: readonly (readonly [name: string, about: string])[] = [
  ['sluice', 'What a project imports: definitions and types. Importing it opens nothing.'],
  ['sluice/coincap', 'The client of CoinCap.'],
  ['sluice/testing', 'What the tests of a project import.'],
  ['sluice/client', 'The client of the HTTP API, for programs beside Sluice.'],
]

interface Entry extends Declared {
  readonly file: string
}

/** What a module exports, each with the file that declares it. @throws where a name leads nowhere */
export function exportsOf(file: string): ReadonlyMap<string, Entry> {
  const { exported, all } = declarationsOf(file)
  const named = [...exported].map((name) => [name, declarationIn(file, name)] as const)
  const starred = all.flatMap((from) => [...exportsOf(fileOf(from, file))])
  return new Map([...starred, ...named.map(([name, entry]) => [name, { ...entry, name }] as const)])
}

function declarationIn(file: string, name: string): Entry {
  const { declared, elsewhere, all } = declarationsOf(file)
  const own = declared.get(name)
  if (own !== undefined) return { ...own, file }
  const other = elsewhere.get(name)
  if (other !== undefined) return declarationIn(fileOf(other.from, file), other.name)
  for (const from of all) {
    const found = exportsOf(fileOf(from, file)).get(name)
    if (found !== undefined) return found
  }
  throw new Error(`${file} has no ${name}`)
}

/** The file behind a specifier of our packages; another package's is outside of this page. */
function fileOf(specifier: string, from: string): string {
  if (specifier.startsWith('.')) return join(dirname(from), specifier)
  return createRequire(from).resolve(specifier)
}

const isOurs = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('@sluice/')

/** Types of our packages that a declaration names, as far as it is not known yet. */
function mentionedBy({ file, text, name }: Entry): readonly Entry[] {
  const { declared, elsewhere } = declarationsOf(file)
  const words = new Set(text.replaceAll(/\/\*[\s\S]*?\*\//g, '').match(/\b[A-Z]\w+\b/g))
  words.delete(name)
  return [...words].flatMap((word) => {
    const other = elsewhere.get(word)
    if (declared.has(word)) return [declarationIn(file, word)]
    return other !== undefined && isOurs(other.from) ? [declarationIn(file, word)] : []
  })
}

/** Types that the entries need to be understood and that no entry is, and those that these need in turn; further on it is plumbing. */
function mentioned(exported: readonly Entry[]): readonly Entry[] {
  const seen = new Set(exported.map(keyOf))
  const newIn = (entries: readonly Entry[]): readonly Entry[] =>
    entries.flatMap(mentionedBy).filter((each) => !seen.has(keyOf(each)) && seen.add(keyOf(each)))
  const near = newIn(exported)
  return [...near, ...newIn(near)]
}

/** Types that only make the sentences of a compile error, or take other types apart. */
const isPlumbing =
  /Fault$|^(?:All|Flat|Fits|Only|HasOf|IsAny|Kind|Known|None|Same|Typed|Quote|TypeIn|ValueIn|RowIn|Leak|Tabular|FactsOf|Arguments)$/

const keyOf = ({ file, text }: Entry): string => `${file}\n${text}`

const byName = (a: Entry, b: Entry): number => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)

const entryText = ({ name, about, text }: Entry): string =>
  `### ${name}\n\n${about === '' ? '' : `${about}\n\n`}\`\`\`ts\n${text}\n\`\`\`\n`

export function referencePage(): string {
  const modules = entries.map(([name, about]) => ({
    name,
    about,
    exported: [...exportsOf(fileOf(name, join(root, 'examples/package.json'))).values()].sort(byName),
  }))
  const sections = modules.map(({ name, about, exported }) => {
    const [values, types] = [exported.filter(({ isType }) => !isType), exported.filter(({ isType }) => isType)]
    return `## ${name}\n\n${about}\n\n${[...values, ...types].map(entryText).join('\n')}`
  })
  const others = [...mentioned(modules[0]?.exported ?? [])].filter(({ name }) => !isPlumbing.test(name)).sort(byName)
  return `# The API of \`sluice\`

<!-- generated: npm run docs:api -->

Every export of what a project and its tests import, from the types. The guides show how they are used: [authoring](guide/authoring.md) has all kinds of steps
on one page. What can be done over HTTP is in [api.md](api.md).

${modules.map(({ name, exported }) => `**${name}**: ${exported.map((each) => `[\`${each.name}\`](#${each.name.toLowerCase()})`).join(' · ')}`).join('\n\n')}

${sections.join('\n')}
## Types that these name

They are not exported: an editor shows them, and a project has no need to write them.

${others.map(entryText).join('\n')}`
}

/** Exports of which nothing is said. */
export const unsaid = (): readonly string[] =>
  entries.flatMap(([name]) =>
    [...exportsOf(fileOf(name, join(root, 'examples/package.json'))).values()]
      .filter(({ about }) => about === '')
      .map((each) => `${name}: ${each.name}`),
  )

export const written = (): string => (existsSync(referenceFile) ? readFileSync(referenceFile, 'utf8') : '')

if (import.meta.main && process.argv.includes('--write')) writeFileSync(referenceFile, referencePage())
