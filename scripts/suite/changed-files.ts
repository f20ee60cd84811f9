import { spawnSync } from 'node:child_process'
import { root } from '../workspace.ts'

/**
 * Files that differ from where this branch left `ref`: committed, not committed, and not yet known to git.
 * @throws an error in a sentence where git does not know `ref`, or there is no repository
 */
export function changedFiles(ref: string, cwd = root): readonly string[] {
  const git = (...args: readonly string[]): string => answerOf(ref, cwd, args)
  const base = git('merge-base', ref, 'HEAD').trim()
  const named = `${git('diff', '--name-only', '-z', base)}${git('ls-files', '--others', '--exclude-standard', '-z')}`
  return [...new Set(named.split('\0').filter((name) => name !== ''))]
}

function answerOf(ref: string, cwd: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })
  if (status === 0) return stdout
  const [said] = (error?.message ?? stderr).trim().split('\n')
  throw new Error(`git does not say what has changed since ${ref} (${said}). Name what to compare with: npm test -- --changed REF.`)
}
