import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dependencyFaults } from './scripts/dependency-rules.ts'
import { diagramOf, documentFile, withDiagram } from './scripts/diagram.ts'
import { defined, errorsFile, errorsPage, readErrors } from './scripts/errors.ts'
import { readSources, sourceOf } from './scripts/imports.ts'
import { handedOnFaults, layerFaults } from './scripts/layer-rules.ts'
import { roomFaults, testImportFaults, unstatedFaults } from './scripts/room-rules.ts'
import { waitFaults } from './scripts/wait-rules.ts'
import { type Package, readPackages, root } from './scripts/workspace.ts'

const packages = readPackages()

const houses = packages.map(({ name, folder, rooms }) => ({ name, rooms, files: readSources(`${folder}/src`) }))

const planted = (name: string, dependency: string): readonly Package[] =>
  packages.map((each) => (each.name === name ? { ...each, dependencies: [...each.dependencies, dependency] } : each))

test('every package depends only on the layers below it', () => {
  expect(packages.length).toBeGreaterThan(10)
  expect(layerFaults(packages)).toEqual([])
})

test.each([
  ['@sluice/lake', '@sluice/engine', 'an upward edge'],
  ['@sluice/lake', '@sluice/warehouse', 'a sideways edge'],
  ['@sluice/engine', '@sluice/lake', 'an engine that knows a capability by name'],
  ['@sluice/delta', '@sluice/core', 'a package that must stand alone'],
  ['@sluice/simulator-coincap', '@sluice/core', 'a simulator that knows us'],
  ['@projects/crypto-coincap', '@sluice/lake', 'a project that holds plumbing'],
])('the rule bites on %s -> %s: %s', (name, dependency) => {
  expect(layerFaults(planted(name, dependency))).toHaveLength(1)
})

test('sluice hands the helpers of tests and the client on, and builds on neither', () => {
  const files = readSources('packages/surface/sluice/src')
    .filter(({ path }) => !path.endsWith('.test.ts'))
    .map(({ path }) => ({ path, text: readFileSync(join(root, 'packages/surface/sluice/src', path), 'utf8') }))
  expect(files.map(({ path }) => path)).toContain('testing.ts')
  expect(handedOnFaults('sluice', files)).toEqual([])
  const planted = { path: 'planted.ts', text: "import { testWorld } from '@sluice/testing'\nexport const world = testWorld()" }
  expect(handedOnFaults('sluice', [...files, planted])).toEqual([expect.stringContaining('planted.ts -> @sluice/testing')])
})

test('within a package each folder imports only from those that its manifest names before it', () => {
  expect(houses.flatMap(roomFaults)).toEqual([])
  expect(unstatedFaults(houses)).toEqual([])
})

const delta = houses.find(({ name }) => name === '@sluice/delta') ?? { name: '', rooms: [], files: [] }

test.each([
  ['schema/planted.ts', "import { a } from '../protocol/features.ts'", 'schema/planted.ts -> protocol/features.ts', 'a value'],
  ['schema/planted.ts', "import type { Table } from '../table.ts'", 'schema/planted.ts -> table.ts', 'a type'],
  ['sql.ts', "export * from './store/store.ts'", 'sql.ts -> store/store.ts', 'something handed on'],
  ['log/planted.ts', "const a = () => import('../write/write.ts')", 'log/planted.ts -> write/write.ts', 'a module at run time'],
  ['log/planted.ts', "new URL('../write/write.ts', import.meta.url)", 'log/planted.ts -> write/write.ts', 'a file by its place'],
  ['table.ts', "import { a } from './index.ts'", 'table.ts -> index.ts', 'the entry of the package'],
  ['planted/planted.ts', "import { a } from '../errors.ts'", 'planted', 'a folder that the manifest does not name'],
  ['table.ts', "import a from './testing/long.ts'", 'testing', 'what only tests may import'],
])('the rule of rooms bites on %s with %s', (path, text, fault) => {
  const faults = roomFaults({ ...delta, files: [...delta.files, sourceOf(path, text)] })
  expect(faults).toEqual([expect.stringContaining(fault)])
})

test('the rule of rooms bites on a room that is gone, and on several folders without an order', () => {
  expect(roomFaults({ ...delta, rooms: [...(delta.rooms ?? []), 'gone'] })).toEqual([expect.stringContaining('gone')])
  const files = [sourceOf('a/a.ts', "import '../b/b.ts'"), sourceOf('b/b.ts', ''), sourceOf('c.ts', "import './a/a.ts'")]
  expect(unstatedFaults([{ name: 'new', rooms: undefined, files }])).toEqual([expect.stringContaining('new: state the order')])
  expect(unstatedFaults([{ name: 'new', rooms: ['b', 'a', 'c'], files }])).toEqual([])
})

test('only the test runner loads a *.test.ts, and no product file imports what is for tests', () => {
  const everything = [...packages.map(({ name, folder }) => ({ name, folder })), { name: 'scripts', folder: 'scripts' }]
  expect(everything.flatMap(({ name, folder }) => testImportFaults(name, readSources(folder)))).toEqual([])
})

test.each([
  ['src/testing/suites.ts', "import('../land.test.ts')"],
  ['src/land.ts', "import { a } from './testing/planted.ts'"],
  ['src/land.ts', "import { a } from './land.cases.ts'"],
])('the rule of tests bites on %s with %s', (path, text) => {
  expect(testImportFaults('planted', [sourceOf(path, text)])).toHaveLength(1)
})

const textsOf = (folder: string) => readSources(folder).map(({ path }) => ({ path, text: readFileSync(join(root, folder, path), 'utf8') }))

test('a manifest names what the package imports, and what only its tests import as a devDependency', () => {
  expect(packages.flatMap((each) => dependencyFaults(each, textsOf(each.folder)))).toEqual([])
})

test.each([
  ['import { a } from "b"', 'src/a.test.ts', 'only tests import b: it is a devDependency'],
  ['// import { a } from "b"', 'src/a.ts', 'nothing imports b'],
])('the rule of manifests bites on a dependency with %s in %s', (text, path, fault) => {
  const packaged = { ...(packages[0] as Package), name: 'planted', dependencies: ['b'], optional: [], devDependencies: [] }
  expect(dependencyFaults(packaged, [{ path, text }])).toEqual([`planted: ${fault}`])
  expect(dependencyFaults(packaged, [{ path: 'src/a.ts', text: "const a = () => import('b/c')" }])).toEqual([])
  expect(dependencyFaults({ ...packaged, dependencies: [], devDependencies: ['@types/b'] }, [])).toEqual([
    'planted: nothing imports @types/b',
  ])
})

const product = packages.flatMap(({ folder }) =>
  readSources(`${folder}/src`)
    .filter(({ path }) => !/\.test\.ts$|\.cases\.ts$|(?:^|\/)(?:testing|fixtures)\//.test(path))
    .map(({ path }) => ({ path: `${folder}/src/${path}`, text: readFileSync(join(root, folder, 'src', path), 'utf8') })),
)

test('only the module that a process begins with waits for a promise at its top', () => {
  expect(product.length).toBeGreaterThan(500)
  expect(waitFaults(product)).toEqual([])
})

test.each([
  ['thread.ts', 'const session = await open()', 'a value'],
  ['thread.ts', 'parentPort?.postMessage(await look(workerData))', 'an argument'],
  ['thread.ts', "export const { a } = await import('./a.ts')", 'an import'],
])('the rule of waiting modules bites in %s on %s: %s', (path, text) => {
  expect(waitFaults([{ path, text: `import { a } from './b.ts'\n\n${text}\n` }])).toEqual([`${path}:3 waits for a promise`])
})

test('each package says in its manifest what it is for', () => {
  expect(packages.filter((each) => each.description.length < 20).map((each) => each.name)).toEqual([])
})

test('docs/architecture.md shows the house as its manifests describe it', () => {
  const document = readFileSync(documentFile, 'utf8')
  expect(document, 'run: npm run docs:diagram').toBe(withDiagram(document, diagramOf(packages)))
  expect(document).not.toBe(withDiagram(document, diagramOf(planted('@sluice/lake', '@sluice/engine'))))
})

test('docs/errors.md lists each error as its package defines it, and no code is defined twice', async () => {
  const errors = await readErrors()
  expect(errors.length).toBeGreaterThan(40)
  expect(defined(errors)).toEqual([])
  expect(defined([...errors, ...errors.slice(0, 1)])).toEqual([errors[0]?.code])
  expect(readFileSync(errorsFile, 'utf8'), 'run: npm run docs:errors').toBe(errorsPage(errors))
})
