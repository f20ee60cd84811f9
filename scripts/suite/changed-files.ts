import { execFileSync } from 'node:child_process'
import { root } from '../workspace.ts'

/** Files that differ from where this branch left `ref`: committed, not committed, and not yet known to git. */
export function changedFiles(ref: string): readonly string[] {
  const base = git('merge-base', ref, 'HEAD').trim()
  const named = `${git('diff', '--name-only', '-z', base)}${git('ls-files', '--others', '--exclude-standard', '-z')}`
  return [...new Set(named.split('\0').filter((name) => name !== ''))]
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })
}
