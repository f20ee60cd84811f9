/** The bill of materials, CycloneDX 1.6: the same text for the same files, so neither a time nor a serial number. */
import type { NativePart, Natives } from './natives.ts'
import type { LockedPackage } from './packages.ts'

export function sbom(packages: readonly LockedPackage[], natives: Natives, name = 'sluice'): string {
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name, licenses: licences('Apache-2.0') } },
    components: packages.map((each) => ofPackage(each, natives[each.name] ?? [])),
  }
  return `${JSON.stringify(document, undefined, 1)}\n`
}

/** The natives that a bill holds: what stands there for a machine that cannot read them. */
export function nativesOf(text: string): Natives {
  const { components } = JSON.parse(text) as { readonly components: readonly Component[] }
  return Object.fromEntries(components.flatMap(({ name, components: parts }) => (parts === undefined ? [] : [[name, parts.map(toPart)]])))
}

interface Component {
  readonly type: 'library' | 'file'
  readonly name: string
  readonly version?: string
  readonly licenses?: readonly Licence[]
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly purl?: string
  readonly cpe?: string
  readonly components?: readonly Component[]
}

type Licence = { readonly license: { readonly id: string } | { readonly name: string } } | { readonly expression: string }

const ofPackage = ({ name, version, licence, sha512 }: LockedPackage, parts: readonly NativePart[]): Component => ({
  type: 'library',
  name,
  version,
  licenses: licences(licence),
  hashes: [{ alg: 'SHA-512', content: sha512 }],
  purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  ...(parts.length > 0 ? { components: parts.map(ofPart) } : {}),
})

function ofPart({ name, version, licence, files }: NativePart): Component {
  const vendor = vendors[name]
  return {
    type: 'library',
    name,
    ...(version === undefined ? {} : { version, purl: `pkg:generic/${name}@${version}` }),
    ...(version === undefined || vendor === undefined ? {} : { cpe: `cpe:2.3:a:${vendor}:${version}:*:*:*:*:*:*:*` }),
    licenses: licences(licence),
    ...(Object.keys(files).length === 0
      ? {}
      : {
          components: Object.entries(files).map(([file, content]) => ({ type: 'file', name: file, hashes: [{ alg: 'SHA-256', content }] })),
        }),
  }
}

const toPart = ({ name, version, licenses = [], components = [] }: Component): NativePart => ({
  name,
  version,
  licence: licenses.map(identifier).join(),
  files: Object.fromEntries(components.map((file) => [file.name, file.hashes?.[0]?.content ?? ''])),
})

const licences = (licence: string): readonly Licence[] => {
  if (licence.includes(' ')) return [{ expression: licence }]
  return [{ license: licence.startsWith('LicenseRef-') ? { name: licence } : { id: licence } }]
}

const identifier = (licence: Licence): string =>
  'expression' in licence ? licence.expression : 'id' in licence.license ? licence.license.id : licence.license.name

/** Vendor and product by which advisories know them. */
const vendors: Readonly<Record<string, string>> = {
  duckdb: 'duckdb:duckdb',
  icu: 'icu-project:international_components_for_unicode',
  liblzma: 'tukaani:xz',
  libxml2: 'xmlsoft:libxml2',
  libxslt: 'xmlsoft:libxslt',
  node: 'nodejs:node.js',
  openssl: 'openssl:openssl',
  postgresql: 'postgresql:postgresql',
  sqlite: 'sqlite:sqlite',
  zlib: 'zlib:zlib',
}
