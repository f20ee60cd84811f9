import { expect, test } from 'vitest'
import { mentions, readNeeds } from './needs.ts'
import { type Needs, touchedBy } from './touched.ts'

const needs = (name: string, ...others: readonly string[]): Needs => ({ name, folder: `packages/${name}`, needs: new Set(others) })
const packages = [needs('core'), needs('lake', 'core'), needs('cli', 'lake'), needs('notify', 'core')]
const everywhere = ['architecture.test.ts', 'scripts/']

test('a file of a package touches it and all that depend on it, over others as well', () => {
  expect(touchedBy(['packages/lake/src/read.ts'], packages)).toEqual([...everywhere, 'packages/lake/', 'packages/cli/'])
  expect(touchedBy(['packages/core/package.json'], packages)).toEqual([
    ...everywhere,
    'packages/core/',
    'packages/lake/',
    'packages/notify/',
    'packages/cli/',
  ])
})

test('a test file touches itself alone, a text its own package', () => {
  expect(touchedBy(['packages/core/src/json.test.ts'], packages)).toEqual([...everywhere, 'packages/core/src/json.test.ts'])
  expect(touchedBy(['packages/core/README.md'], packages)).toEqual([...everywhere, 'packages/core/'])
  expect(touchedBy(['packages/cli/src/a.test.ts', 'packages/cli/src/b.ts'], packages)).toEqual([...everywhere, 'packages/cli/'])
})

test('what people read and no change at all touch only what looks at the whole repository', () => {
  for (const files of [[], ['docs/glossary.md', 'README.md', '.github/workflows/ci.yml'], ['scripts/diagram.ts']]) {
    expect(touchedBy(files, packages)).toEqual(everywhere)
  }
})

test('what belongs to no package touches everything', () => {
  for (const file of ['package-lock.json', 'tsconfig.json', 'vitest.config.ts', '.ci/run', 'packages/new/package.json']) {
    expect(touchedBy(['packages/lake/src/read.ts', file], packages), file).toEqual([])
  }
})

test('a package needs what its tests import and start, though its manifest does not say so', () => {
  const cli = readNeeds().find(({ name }) => name === '@sluice/cli')
  for (const name of ['@sluice/platform', 'sluice', '@projects/crypto-coincap', '@sluice/simulator-coincap']) {
    expect(cli?.needs, name).toContain(name)
  }
  expect(mentions("import { a } from '@sluice/lakeside'", { name: '@sluice/lake', folder: 'packages/data/lake' })).toBe(false)
})
