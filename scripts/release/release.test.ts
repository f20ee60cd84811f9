import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../workspace.ts'
import { readChangelog, sectionOf } from './changelog.ts'
import { alongside, type Facts, faultsOf, type Packed } from './judge.ts'
import { lines, ofTag, tarballOf } from './lines.ts'
import { isAfter, planRelease, type Workspace } from './plan.ts'
import { readTarballs, readWorkspace } from './workspace-facts.ts'

const [sluice, delta] = lines
if (sluice === undefined || delta === undefined) throw new Error('there are two lines')

test.each(lines)('the changelog of $name has known sections, and each has entries', (line) => {
  expect(readChangelog(readWorkspace(line).changelog).faults).toEqual([])
})

test.each([
  ['## 1.0.0\n', '1.0.0 has no date'],
  ['## 1.0.0 - 2026-01-01\n\n### News\n\n- a\n', '1.0.0: "News" is none of Added, Changed, Deprecated, Removed, Fixed, Security'],
  ['## 1.0.0 - 2026-01-01\n\n### Added\n', '1.0.0: Added is empty'],
  ['## 1.0.0 - 2026-01-01\n\n### Added\n\n- a\n\n### Added\n\n- b\n', '1.0.0 has Added twice'],
  ['## 1.0.0 - 2026-01-01\n\n## 1.0.0 - 2026-01-02\n', '1.0.0 has two sections'],
  ['## Soon to come\n', '"## Soon to come" is neither Unreleased nor a version with its date'],
])('it bites on %j', (text, fault) => {
  expect(readChangelog(`# Changelog\n\n## Unreleased\n\n${text}`).faults).toEqual([fault])
})

const manifest = (version: string) => `{\n  "name": "x",\n  "version": "${version}",\n  "dependencies": { "y": "1.0.0" }\n}\n`
const workspace = (changelog: string): Workspace => ({
  manifests: { 'apps/cli': manifest('0.0.0'), 'packages/foundation/delta': manifest('0.1.0') },
  lock: `${JSON.stringify({ packages: { 'apps/cli': { version: '0.0.0' }, 'node_modules/y': { version: '0.0.0' } } }, null, 2)}\n`,
  changelog: `# Changelog\n\n## Unreleased\n\n${changelog}`,
})
const first = '### Added\n\n- a\n  and more of it\n'
const after = (last: string, entries: string) => workspace(`${entries}\n## ${last} - 2026-01-01\n\n${first}`)

test('a release gives its line one version, and what was unreleased gets that version and a date', () => {
  const { tag, ...planned } = planRelease(sluice, workspace(first), undefined, '2026-02-03')
  const files = new Map(Object.entries(planned.files))
  expect(tag).toBe('v0.1.0')
  expect([...files.keys()]).toEqual(['apps/cli/package.json', 'package-lock.json', 'CHANGELOG.md'])
  expect(files.get('apps/cli/package.json')).toBe(manifest('0.1.0'))
  expect(JSON.parse(files.get('package-lock.json') ?? '')).toEqual({
    packages: { 'apps/cli': { version: '0.1.0' }, 'node_modules/y': { version: '0.0.0' } },
  })
  const changelog = files.get('CHANGELOG.md') ?? ''
  expect(sectionOf(changelog, '0.1.0')).toMatchObject({ date: '2026-02-03', entries: { Added: ['- a\n  and more of it'] } })
  expect(sectionOf(changelog, 'Unreleased')?.entries).toEqual({})
  expect(Object.keys(planRelease(delta, workspace(first), '0.2.0', '2026-02-03').files)).toEqual([
    'packages/foundation/delta/package.json',
    'package-lock.json',
    'packages/foundation/delta/CHANGELOG.md',
  ])
})

test.each([
  ['0.3.1', '### Fixed\n\n- a\n', '0.3.2'],
  ['0.3.1', '### Security\n\n- a\n', '0.3.2'],
  ['0.3.1', '### Added\n\n- a\n\n### Fixed\n\n- b\n', '0.4.0'],
  ['0.3.1', '### Removed\n\n- a\n', '0.4.0'],
  ['1.3.1', '### Changed\n\n- a\n', '1.4.0'],
  ['1.3.1', '### Changed\n\n- **Breaking:** a\n', '2.0.0'],
  ['1.3.1', '### Removed\n\n- a\n', '2.0.0'],
  ['1.0.0-rc.2', '### Fixed\n\n- a\n', '1.0.0'],
])('after %s comes, with %j, %s', (last, entries, next) => {
  expect(planRelease(sluice, after(last, entries), undefined, '2026-02-03').version).toBe(next)
})

test.each([
  ['nothing to tell', workspace(''), undefined, 'nothing is to be released'],
  ['no version', workspace(first), '1.0', '"1.0" is not a version'],
  ['a version that is out', after('1.0.0', first), '1.0.0', '1.0.0 is released already'],
  ['one before it', after('1.0.0', first), '0.9.0', '0.9.0 does not come after 1.0.0'],
  ['its preview', after('1.0.0', first), '1.0.0-rc.1', '1.0.0-rc.1 does not come after 1.0.0'],
] as const)('%s is refused', (_, given, version, fault) => {
  expect(() => planRelease(sluice, given, version, '2026-02-03')).toThrow(fault)
})

test('previews come before what they are previews of', () => {
  const inOrder = ['0.9.0', '1.0.0-alpha.2', '1.0.0-beta.1', '1.0.0-beta.10', '1.0.0-rc.1', '1.0.0', '1.0.1']
  for (const [index, version] of inOrder.entries()) {
    for (const [place, other] of inOrder.entries()) expect(isAfter(version, other), `${version} ${other}`).toBe(index > place)
  }
})

test('a tag names one line and a version', () => {
  expect(ofTag('v1.2.3')).toMatchObject({ line: { name: 'sluice' }, version: '1.2.3' })
  expect(ofTag('delta-v1.2.3-rc.1')).toMatchObject({ line: { name: 'delta' }, version: '1.2.3-rc.1' })
  for (const tag of ['1.2.3', 'v1.2', 'version1.2.3', 'v1.2.3;ls', 'v01.2.3']) expect(ofTag(tag)).toBeUndefined()
})

const packed = (name: string): Packed => ({
  file: tarballOf(name, '1.2.3'),
  manifest: {
    name,
    version: '1.2.3',
    license: 'Apache-2.0',
    engines: { node: '>=20.19' },
    repository: { url: 'git+https://github.com/owner/sluice.git' },
    dependencies: { zod: '4.6.7' },
  },
  files: ['package.json', ...alongside],
})
const good: Facts = {
  line: sluice,
  tag: 'v1.2.3',
  versions: { 'apps/cli': '1.2.3', 'packages/surface/sluice': '1.2.3', 'packages/foundation/delta': '0.1.0' },
  changelog: `# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-01\n\n${first}`,
  packed: [packed('sluice'), packed('create-sluice')],
  repository: 'owner/sluice',
}
const withManifest = (change: Partial<Packed['manifest']>): Partial<Facts> => ({
  packed: [{ ...packed('sluice'), manifest: { ...packed('sluice').manifest, ...change } }, packed('create-sluice')],
})

test('a release whose parts agree has no faults', () => {
  expect(faultsOf(good)).toEqual([])
})

test.each<[string, Partial<Facts>, string]>([
  ['another tag', { tag: 'v1.2.4' }, 'the tag v1.2.4 and the manifests (1.2.3) disagree'],
  ['a tag of the other line', { tag: 'delta-v1.2.3' }, 'the tag delta-v1.2.3 is not one of sluice (v1.2.3)'],
  [
    'one manifest behind',
    { versions: { ...good.versions, 'packages/surface/sluice': '1.2.2' } },
    'packages/surface/sluice/package.json says 1.2.2',
  ],
  ['no section', { changelog: '# Changelog\n\n## Unreleased\n' }, 'CHANGELOG.md has no section of 1.2.3'],
  [
    'entries left',
    { changelog: good.changelog.replace('## Unreleased', `## Unreleased\n\n${first}`) },
    'still has entries under Unreleased',
  ],
  ['a tarball less', { packed: [packed('sluice')] }, 'create-sluice-1.2.3.tgz was not packed'],
  ['another name inside', withManifest({ name: 'sluice-workspace' }), 'its manifest is of sluice-workspace 1.2.3'],
  ['a private manifest', withManifest({ private: true }), 'its manifest is private'],
  ['no licence', withManifest({ license: 'MIT' }), 'its manifest names no licence'],
  ['no Node', withManifest({ engines: {} }), 'does not say which Node'],
  ['a script at install', withManifest({ scripts: { postinstall: 'node x.js' } }), 'its manifest runs postinstall'],
  ['a dependency of the workspace', withManifest({ dependencies: { '@sluice/core': '*' } }), '@sluice/core "*" is not an exact version'],
  ['a range', withManifest({ optionalDependencies: { zod: '^4.6.7' } }), 'zod "^4.6.7" is not an exact version'],
  ['another repository', withManifest({ repository: { url: 'https://github.com/owner/sluice-too' } }), 'npm would refuse the provenance'],
  [
    'a file less',
    { packed: [{ ...packed('sluice'), files: alongside.filter((file) => file !== 'NOTICE') }, packed('create-sluice')] },
    'it has no NOTICE',
  ],
])('%s is seen', (_, change, fault) => {
  const faults = faultsOf({ ...good, ...change })
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(fault)
})

const scratch = (): string => mkdtempSync(join(tmpdir(), 'release-'))

/** A real tarball. */
function pack({ file, manifest, files }: Packed, into: string): void {
  const folder = join(scratch(), 'package')
  mkdirSync(folder)
  for (const each of files) writeFileSync(join(folder, each), '')
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  execFileSync('tar', ['-czf', join(into, file), '-C', join(folder, '..'), 'package'])
}

test('tarballs are read as npm takes them', () => {
  const folder = scratch()
  pack(packed('sluice'), folder)
  const [read] = readTarballs(folder)
  expect(read?.manifest).toEqual(packed('sluice').manifest)
  expect(read?.files).toEqual(expect.arrayContaining(['package.json', 'LICENSE', 'CHANGELOG.md']))
})

test('publishing takes the tarballs in order, with provenance, and leaves out what the registry has', () => {
  const folder = scratch()
  for (const name of ['sluice', 'create-sluice']) pack(packed(name), folder)
  const preview = { ...packed('later'), file: 'later.tgz', manifest: { name: 'later', version: '1.0.0-rc.1' } }
  pack(preview, folder)
  writeFileSync(join(folder, 'order.txt'), 'sluice-1.2.3.tgz\ncreate-sluice-1.2.3.tgz\nlater.tgz\n')
  // A stand-in for npm that knows sluice 1.2.3 already.
  const programs = scratch()
  writeFileSync(
    join(programs, 'npm'),
    '#!/bin/sh\necho "$@" >> "$RECORD"\n[ "$1 $2" = "view sluice@1.2.3" ] && { echo 1.2.3; exit 0; }\n[ "$1" = publish ] || exit 1\n',
    { mode: 0o755 },
  )
  const record = join(folder, 'record')
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'publish.ts'), folder], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${programs}:${process.env.PATH}`, RECORD: record },
  })
  expect(status).toBe(0)
  expect(stdout).toContain('sluice 1.2.3 is there already')
  expect(
    readFileSync(record, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('publish')),
  ).toEqual([
    `publish ${folder}/create-sluice-1.2.3.tgz --provenance --access=public --tag=latest`,
    `publish ${folder}/later.tgz --provenance --access=public --tag=next`,
  ])
})

test('a check of a tag that names no release says which tags do', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/release/check.ts'), 'release-1'], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([2, 'error: the tag release-1 names no release. Tags are v1.2.3 or delta-v1.2.3.\n'])
})
