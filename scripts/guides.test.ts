import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { guides, withSnippets } from './guides.ts'
import { root } from './workspace.ts'

test.each(guides())('%s quotes its files as they are', (path) => {
  const guide = readFileSync(join(root, path), 'utf8')
  expect(guide, 'run: npm run docs:guides').toBe(withSnippets(guide))
})

test('a file that changed without its guide is found', () => {
  const quoting = guides()
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .filter((guide) => guide.includes('<!-- file: '))
  expect(quoting.length).toBeGreaterThan(0)
  for (const guide of quoting) expect(guide).not.toBe(withSnippets(guide, () => 'something else'))
})
