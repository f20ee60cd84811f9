import { expect, test } from 'vitest'
import { type Declared, leaksIn, type Shipped } from './leaks.ts'

const manifest: Declared = {
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  bin: { tool: 'bin/tool.js' },
  dependencies: { pg: '1.0.0', '@types/pg': '1.0.0' },
}

const files: readonly Shipped[] = [
  { path: 'LICENSE', text: '' },
  { path: 'bin/tool.js', text: "await import('../dist/index.js')" },
  { path: 'dist/index.js', text: "import pg from 'pg'\nimport { join } from 'node:path'\nnew URL('./migrations', import.meta.url)" },
  { path: 'dist/index.js.map', text: '{ "sources": ["index.ts"] }' },
  { path: 'dist/index.d.ts', text: "import type { Pool } from 'pg'\nexport * from './types.js'" },
  { path: 'dist/types.d.ts', text: '' },
  { path: 'dist/migrations/0001.up.sql', text: '' },
]

test('a package in order has no fault', () => {
  expect(leaksIn(files, manifest, '/the/workspace')).toEqual([])
})

test.each<readonly [what: string, planted: Shipped, fault: string]>([
  ['a test', { path: 'dist/index.test.js', text: '' }, 'dist/index.test.js: it is not for people'],
  ['a fixture', { path: 'dist/fixtures/a.json', text: '' }, 'dist/fixtures/a.json: it is not for people'],
  ['a source', { path: 'dist/index.ts', text: '' }, 'dist/index.ts: it is not for people'],
  ['a path of the workspace', { path: 'dist/a.js', text: "'/the/workspace/packages'" }, 'dist/a.js: it names the folder of the workspace'],
  ['a name of the workspace', { path: 'dist/a.js', text: "import '@sluice/core'" }, 'dist/a.js: @sluice/core is not a dependency'],
  ['the types of a name of the workspace', { path: 'dist/a.d.ts', text: "type A = import('@sluice/core').A" }, 'dist/a.d.ts: @sluice/core'],
  ['an import of a source', { path: 'dist/a.js', text: "import './index.ts'" }, 'dist/a.js: ./index.ts leads nowhere'],
  ['a process of a source', { path: 'dist/a.js', text: "new URL('./a.ts', import.meta.url)" }, 'dist/a.js: ./a.ts leads nowhere'],
  ['an import from outside', { path: 'dist/a.js', text: "import '../../b.js'" }, 'dist/a.js: ../../b.js leads out'],
  ['a map of the workspace', { path: 'dist/a.js.map', text: '{ "sources": ["../../packages/a.ts"] }' }, 'dist/a.js.map: its source is'],
])('%s is a fault', (_, planted, fault) => {
  expect(leaksIn([...files, planted], manifest, '/the/workspace')).toEqual([expect.stringContaining(fault)])
})

test('an entry point that is gone and a dependency that nothing imports are faults', () => {
  const gone = files.filter(({ path }) => path !== 'bin/tool.js')
  expect(leaksIn(gone, manifest, '/the/workspace')).toEqual(['package.json names bin/tool.js, which is not there'])
  const more = { ...manifest, dependencies: { ...manifest.dependencies, idle: '1.0.0' } }
  expect(leaksIn(files, more, '/the/workspace')).toEqual(['package.json: nothing imports idle'])
})
