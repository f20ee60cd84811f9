import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import config, { against } from '../../vitest.config.ts'
import { root } from '../workspace.ts'

/** A test asks with it whether a program of others is installed. */
const asks = /^import \{[^}]*\bisThere\b/m

test('a file of tests that needs a program of others begins before all that need none', () => {
  const exclude = (path: string): boolean => /(?:^|\/)(?:node_modules|\.sluice)$/.test(path)
  const files = globSync('{packages,apps,simulators,projects,examples,templates,bench,scripts}/**/*.test.ts', { cwd: root, exclude })
  const asking = files.filter((file) => asks.test(readFileSync(join(root, file), 'utf8')))
  expect(asking.length).toBeGreaterThan(5)
  expect(globSync(against, { cwd: root, exclude }).sort()).toEqual(asking.sort())
  const names = (config.test?.projects ?? []).map((project) => (typeof project === 'object' && 'test' in project ? project.test?.name : ''))
  expect(names.toSorted()[0]).toBe('against others')
})
