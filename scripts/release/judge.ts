/** Whether what lies there may be published. Pure; `check.ts` gathers the facts. */
import { readChangelog } from './changelog.ts'
import { type Line, ofTag, tarballOf } from './lines.ts'

export interface Packed {
  readonly file: string
  readonly manifest: {
    readonly name?: string
    readonly version?: string
    readonly private?: boolean
    readonly license?: string
    readonly repository?: { readonly url?: string } | string
    readonly scripts?: Readonly<Record<string, string>>
    readonly engines?: Readonly<Record<string, string>>
    readonly dependencies?: Readonly<Record<string, string>>
    readonly optionalDependencies?: Readonly<Record<string, string>>
  }
  /** Paths below the package. */
  readonly files: readonly string[]
}

export interface Facts {
  readonly line: Line
  /** Without one it is asked what a release would find: versions as they stand, entries still under Unreleased. */
  readonly tag: string | undefined
  /** By its folder. */
  readonly versions: Readonly<Record<string, string>>
  readonly changelog: string
  readonly packed: readonly Packed[]
  /** `owner/name` on GitHub, where it is known: npm refuses a provenance that another repository made. */
  readonly repository: string | undefined
}

export const faultsOf = (facts: Facts): readonly string[] => [...ofVersions(facts), ...ofChangelog(facts), ...ofTarballs(facts)]

export function versionOf({ line, versions }: Pick<Facts, 'line' | 'versions'>): string {
  const [folder = ''] = Object.keys(versions).filter(line.holds)
  return versions[folder] ?? ''
}

function ofVersions(facts: Facts): readonly string[] {
  const { line, tag, versions } = facts
  const version = versionOf(facts)
  const others = Object.entries(versions).filter(([folder, each]) => line.holds(folder) && each !== version)
  const differing = others.map(([folder, each]) => `${folder}/package.json says ${each} and others say ${version}`)
  if (tag === undefined) return differing
  const named = ofTag(tag)
  if (named?.line.name !== line.name) return [...differing, `the tag ${tag} is not one of ${line.name} (${line.tag}1.2.3)`]
  return named.version === version ? differing : [...differing, `the tag ${tag} and the manifests (${version}) disagree`]
}

function ofChangelog(facts: Facts): readonly string[] {
  const { line, tag, changelog } = facts
  const { sections, faults } = readChangelog(changelog)
  const told = faults.map((fault) => `${line.changelog}: ${fault}`)
  if (tag === undefined) return told
  const version = versionOf(facts)
  const section = sections.find(({ title }) => title === version)
  const left = Object.keys(sections.find(({ title }) => title === 'Unreleased')?.entries ?? {})
  return [
    ...told,
    ...(section === undefined ? [`${line.changelog} has no section of ${version}`] : []),
    ...(section !== undefined && Object.keys(section.entries).length === 0 ? [`${line.changelog}: ${version} is empty`] : []),
    ...(left.length > 0 ? [`${line.changelog} still has entries under Unreleased: the tag stands on a later commit than its release`] : []),
  ]
}

function ofTarballs(facts: Facts): readonly string[] {
  const version = versionOf(facts)
  return facts.line.packages.flatMap((name) => {
    const file = tarballOf(name, version)
    const packed = facts.packed.find((each) => each.file === file)
    if (packed === undefined) return [`${file} was not packed`]
    return ofTarball(packed, name, version, facts.repository).map((fault) => `${file}: ${fault}`)
  })
}

/** What each package has beside its code: what it is, what changed, what is inside and under which licences, whom to tell of a weakness. */
export const alongside = ['README.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE', 'THIRD-PARTY-NOTICES.md', 'sbom.cdx.json', 'SECURITY.md']

/** What a user's npm would run on their machine. */
const atInstall = ['preinstall', 'install', 'postinstall', 'prepare']

function ofTarball({ manifest, files }: Packed, name: string, version: string, repository: string | undefined): readonly string[] {
  const loose = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies }).filter(([, range]) => !/^\d/.test(range))
  const url = typeof manifest.repository === 'string' ? manifest.repository : (manifest.repository?.url ?? '')
  return [
    ...(manifest.name === name && manifest.version === version ? [] : [`its manifest is of ${manifest.name} ${manifest.version}`]),
    ...(manifest.private === true ? ['its manifest is private'] : []),
    ...(manifest.license === 'Apache-2.0' ? [] : ['its manifest names no licence']),
    ...(manifest.engines?.node === undefined ? ['its manifest does not say which Node it needs'] : []),
    ...atInstall.filter((script) => manifest.scripts?.[script] !== undefined).map((script) => `its manifest runs ${script}`),
    ...loose.map(([dependency, range]) => `${dependency} "${range}" is not an exact version`),
    ...alongside.filter((needed) => !files.includes(needed)).map((needed) => `it has no ${needed}`),
    ...(repository === undefined || repositoryOf(url) === repository.toLowerCase()
      ? []
      : [`its manifest names the repository "${url}" and not ${repository}: npm would refuse the provenance`]),
  ]
}

const repositoryOf = (url: string): string | undefined => /github\.com[/:]([^/]+\/[^/]+?)(?:\.git)?$/.exec(url.toLowerCase())?.[1]
