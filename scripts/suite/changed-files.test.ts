import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { changedFiles } from './changed-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'two words '))
const home = join(folder, 'repository')
mkdirSync(home)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
const git = (...args: readonly string[]) => execFileSync('git', [...who, ...args], { cwd: home, stdio: 'ignore' })
const write = (name: string, text = '') => writeFileSync(join(home, name), text)

test('changes are those of commits, of the work tree, and of files that git does not know, whatever they are called', () => {
  git('init', '-b', 'trunk')
  for (const name of ['a.ts', 'b.ts', 'c.ts']) write(name)
  git('add', '.')
  git('commit', '-m', 'first')
  git('checkout', '--detach')
  write('a.ts', 'changed')
  git('commit', '-am', 'second')
  rmSync(join(home, 'b.ts'))
  for (const name of ['two words.ts', 'new\nline.ts', 'ü"\'.ts']) write(name)
  expect([...changedFiles('trunk', home)].sort()).toEqual(['a.ts', 'b.ts', 'new\nline.ts', 'two words.ts', 'ü"\'.ts'])
})

test('a branch that is not there, and a folder that is not a repository, are told in a sentence', () => {
  const what = /^git does not say what has changed since origin\/main \(.+\)\. Name what to compare with: npm test -- --changed REF\.$/
  expect(() => changedFiles('origin/main', home)).toThrow(what)
  expect(() => changedFiles('origin/main', folder)).toThrow(what)
})
