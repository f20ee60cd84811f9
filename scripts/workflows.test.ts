import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { looseActions } from './workflows.ts'
import { root } from './workspace.ts'

test('workflows name the actions of others by the hash of a commit, and say which version that is', () => {
  const files = globSync('.github/workflows/*.yml', { cwd: root })
  expect(files.length).toBeGreaterThan(0)
  expect(files.flatMap((file) => looseActions(readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test.each(['actions/checkout@v4', 'actions/checkout@main # v4.3.1', `actions/checkout@${'a'.repeat(40)}`])('it bites on %s', (action) => {
  expect(looseActions(`    steps:\n      - uses: ${action}\n      - uses: ./.github/actions/own`)).toEqual([action])
})
