/** What is released together: a line has one version, one changelog and one form of tag. */
export interface Line {
  readonly name: 'sluice' | 'delta'
  /** What stands before the version in its tags. */
  readonly tag: string
  readonly changelog: string
  /** In the order of their publication: what names another comes after it. */
  readonly packages: readonly string[]
  /** Whether a package of the workspace carries the line's version. */
  readonly holds: (folder: string) => boolean
}

const delta = 'packages/foundation/delta'

export const lines: readonly Line[] = [
  {
    name: 'sluice',
    tag: 'v',
    changelog: 'CHANGELOG.md',
    packages: ['sluice', 'create-sluice'],
    holds: (folder) => folder !== delta,
  },
  {
    name: 'delta',
    tag: 'delta-v',
    changelog: `${delta}/CHANGELOG.md`,
    packages: ['@sluice/delta'],
    holds: (folder) => folder === delta,
  },
]

export const tarballOf = (packageName: string, version: string): string =>
  `${packageName.replace('@', '').replace('/', '-')}-${version}.tgz`

/** The line and the version that a tag names; `undefined` for other tags. */
export function ofTag(tag: string): { readonly line: Line; readonly version: string } | undefined {
  for (const line of lines) {
    const version = tag.startsWith(line.tag) ? tag.slice(line.tag.length) : ''
    if (versionParts(version) !== undefined) return { line, version }
  }
  return undefined
}

/** Semantic versions as far as we write them: `1.2.3`, `1.2.3-beta.1`. */
export function versionParts(version: string): readonly [number, number, number] | undefined {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:alpha|beta|rc)\.\d+)?$/.exec(version)
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])]
}
