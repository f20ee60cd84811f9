import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './workspace.ts'

/** Lines that send people to scripts of this repository, which an installed package does not have. */
const clonesAlone = (path: string, text: string): readonly string[] =>
  text.split('\n').flatMap((line, at) => (/npm (?:run (?!operations)|ci\b)/.test(line) ? [`${path}:${at + 1}`] : []))

test('what people read names commands of the package, and no script of this repository', () => {
  const files = globSync(['apps/cli/bin/*.js', '{apps/*,packages/*/*}/src/**/*.ts'], { cwd: root }).filter(
    (path) => !/\.(?:test|cases)\.ts$|[\\/]testing[\\/]|^packages[\\/]foundation[\\/]scaffold[\\/]|^apps[\\/]create[\\/]/.test(path),
  )
  expect(files.length).toBeGreaterThan(500)
  expect(files.flatMap((path) => clonesAlone(path, readFileSync(join(root, path), 'utf8')))).toEqual([])
})

test('the rule bites', () => {
  expect(clonesAlone('a.ts', "note('go on')\nnote('\"npm run reset\" removes it')\nnote('npm ci')")).toEqual(['a.ts:2', 'a.ts:3'])
})
