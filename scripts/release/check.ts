/**
 * `npm run release:check -- [TAG] [--tarballs DIR] [--repository OWNER/NAME] [--out DIR]`: whether the tarballs may be published under the
 * tag; without one, whether a release of any line would find what it needs. `--out` gathers what is published: the tarballs, in `order.txt`
 * which goes first, the bill of materials and the section of the changelog. The exit code is 1 where something is wrong.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../workspace.ts'
import { sectionOf } from './changelog.ts'
import { type Facts, faultsOf, versionOf } from './judge.ts'
import { type Line, lines, ofTag, tarballOf } from './lines.ts'
import { readTarballs, readWorkspace, versionsIn } from './workspace-facts.ts'

const { values, positionals } = parseArgs({
  options: { tarballs: { type: 'string' }, repository: { type: 'string' }, out: { type: 'string' } },
  allowPositionals: true,
})
const [tag] = positionals
const folder = resolve(values.tarballs ?? join(root, 'dist/packages'))
const asked = tag === undefined ? lines : [ofTag(tag)?.line].flatMap((line) => line ?? [])

if (asked.length === 0) {
  console.error(`error: the tag ${tag} names no release. Tags are ${lines.map((line) => `${line.tag}1.2.3`).join(' or ')}.`)
  process.exitCode = 2
} else {
  const all = asked.map((line) => factsOf(line))
  const faults = all.flatMap(faultsOf)
  for (const fault of faults) console.error(`error: ${fault}`)
  for (const facts of all) if (values.out !== undefined && tag !== undefined && faults.length === 0) gather(facts, resolve(values.out))
  if (faults.length === 0) console.log(`ok: ${all.map((facts) => `${facts.line.packages.join(', ')} ${versionOf(facts)}`).join('; ')}`)
  process.exitCode = faults.length === 0 ? 0 : 1
}

function factsOf(line: Line): Facts {
  const workspace = readWorkspace(line)
  return {
    line,
    tag,
    versions: versionsIn(workspace),
    changelog: workspace.changelog,
    packed: readTarballs(folder),
    repository: values.repository,
  }
}

function gather(facts: Facts, out: string): void {
  const version = versionOf(facts)
  const files = facts.line.packages.map((name) => tarballOf(name, version))
  mkdirSync(out, { recursive: true })
  for (const file of files) copyFileSync(join(folder, file), join(out, file))
  copyFileSync(join(root, 'docs/sbom.cdx.json'), join(out, 'sbom.cdx.json'))
  writeFileSync(join(out, 'order.txt'), `${files.join('\n')}\n`)
  writeFileSync(join(out, 'notes.md'), `${sectionOf(facts.changelog, version)?.text}\n`)
}
