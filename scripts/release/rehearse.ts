/**
 * `npm run release:rehearse`: the next release of each line, as far as the files that would be published. It happens in a clone of what is
 * committed, which is gone afterwards; nothing of this folder changes and nothing is published. Lines without entries have no release.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../workspace.ts'
import { sectionOf } from './changelog.ts'
import { lines, tarballOf } from './lines.ts'
import { planRelease } from './plan.ts'
import { readWorkspace } from './workspace-facts.ts'

/** Stands for the repository that GitHub would name. */
const repository = 'example/sluice'

const due = lines.filter((line) => Object.keys(sectionOf(readWorkspace(line).changelog, 'Unreleased')?.entries ?? {}).length > 0)
const folder = join(mkdtempSync(join(tmpdir(), 'sluice-release-')), 'sluice')

try {
  execFileSync('git', ['clone', '--quiet', '--local', root, folder])
  copyModules()
  const run = (script: string, ...args: readonly string[]): void => {
    execFileSync(process.execPath, [join(folder, 'scripts', script), ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, GITHUB_REPOSITORY: repository },
    })
  }
  const plans = due.map((line) => ({ line, ...planRelease(line, readWorkspace(line), undefined, '2000-01-01') }))
  for (const { line, version } of plans) run('release/main.ts', line.name, version, '--write')
  run('pack/pack.ts')
  for (const { line, tag, version } of plans) {
    const out = join(folder, 'dist', tag)
    run('release/check.ts', tag, '--repository', repository, '--out', out)
    const expected = [...line.packages.map((name) => tarballOf(name, version)), 'notes.md', 'order.txt', 'sbom.cdx.json']
    const missing = expected.filter((file) => !readdirSync(out).includes(file))
    if (missing.length > 0) throw new Error(`${tag} would be published without ${missing.join(', ')}`)
    console.log(`ok: ${tag} would publish ${line.packages.join(', ')}`)
  }
} finally {
  rmSync(join(folder, '..'), { recursive: true, force: true })
}

/** Links within it lead to the packages of the workspace by relative paths, so that a copy leads to those of the clone. */
function copyModules(): void {
  const [from, to] = [join(root, 'node_modules'), join(folder, 'node_modules')]
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    if (name !== '.cache' && !/^node-(?:linux|win)/.test(name))
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true })
  }
}
