/** What a release changes: the version and the files. Pure; `main.ts` carries it out. */
import { readChangelog, type Section, withRelease } from './changelog.ts'
import { type Line, versionParts } from './lines.ts'

/** The workspace as far as a release looks at it. */
export interface Workspace {
  /** By its folder, the text of the manifest. */
  readonly manifests: Readonly<Record<string, string>>
  readonly lock: string
  readonly changelog: string
}

export interface Plan {
  readonly version: string
  readonly tag: string
  readonly files: Readonly<Record<string, string>>
}

/** Throws a sentence where there is nothing to release, or not under this version. */
export function planRelease(line: Line, workspace: Workspace, asked: string | undefined, date: string): Plan {
  const { sections, faults } = readChangelog(workspace.changelog)
  if (faults.length > 0) throw new Error(`${line.changelog}: ${faults.join('; ')}`)
  const unreleased = sections.find(({ title }) => title === 'Unreleased')
  if (unreleased === undefined || Object.keys(unreleased.entries).length === 0) {
    throw new Error(`${line.changelog} has nothing under Unreleased: nothing is to be released`)
  }
  const last = sections.find(({ title }) => title !== 'Unreleased')?.title
  const version = asked ?? nextVersion(last, unreleased)
  if (versionParts(version) === undefined) throw new Error(`"${version}" is not a version such as 1.2.3 or 1.2.3-beta.1`)
  if (sections.some(({ title }) => title === version)) throw new Error(`${version} is released already`)
  if (last !== undefined && !isAfter(version, last)) throw new Error(`${version} does not come after ${last}`)
  const folders = Object.keys(workspace.manifests).filter(line.holds)
  return {
    version,
    tag: `${line.tag}${version}`,
    files: {
      ...Object.fromEntries(folders.map((folder) => [`${folder}/package.json`, withVersion(workspace.manifests[folder] ?? '', version)])),
      'package-lock.json': lockWith(workspace.lock, folders, version),
      [line.changelog]: withRelease(workspace.changelog, version, date),
    },
  }
}

/**
 * What breaks users asks for a major version, before 1.0 for a minor one: what is removed, and entries that begin with "Breaking:". New and
 * changed things ask for a minor one, corrections for a patch.
 */
export function nextVersion(last: string | undefined, { entries }: Section): string {
  if (last === undefined) return '0.1.0'
  const [major, minor, patch] = versionParts(last) ?? [0, 0, 0]
  // A preview becomes what it is a preview of.
  if (last.includes('-')) return `${major}.${minor}.${patch}`
  const breaks = entries.Removed !== undefined || Object.values(entries).some((all) => all.some((entry) => /^- \**Breaking:/.test(entry)))
  if (breaks && major > 0) return `${major + 1}.0.0`
  const isNew = entries.Added !== undefined || entries.Changed !== undefined || entries.Deprecated !== undefined
  return breaks || isNew ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}

export function isAfter(version: string, other: string): boolean {
  const [own, others] = [versionParts(version) ?? [0, 0, 0], versionParts(other) ?? [0, 0, 0]]
  const different = own.findIndex((part, index) => part !== others[index])
  if (different >= 0) return (own[different] ?? 0) > (others[different] ?? 0)
  if (!other.includes('-')) return false
  return !version.includes('-') || previewOf(version) > previewOf(other)
}

/** alpha < beta < rc, then their numbers. */
const previewOf = (version: string): number => {
  const [, name = '', number = '0'] = /-(\w+)\.(\d+)$/.exec(version) ?? []
  return ['alpha', 'beta', 'rc'].indexOf(name) * 1e6 + Number(number)
}

const withVersion = (manifest: string, version: string): string => manifest.replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`)

function lockWith(lock: string, folders: readonly string[], version: string): string {
  const parsed = JSON.parse(lock) as { packages: Record<string, { version?: string }> }
  for (const folder of folders) {
    const entry = parsed.packages[folder]
    if (entry?.version !== undefined) entry.version = version
  }
  return `${JSON.stringify(parsed, null, 2)}\n`
}
