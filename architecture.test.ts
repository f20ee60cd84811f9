import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagramOf, documentFile, withDiagram } from './scripts/diagram.ts'
import { layerFaults } from './scripts/layer-rules.ts'
import { type Package, readPackages } from './scripts/workspace.ts'

const packages = readPackages()

const planted = (name: string, dependency: string): readonly Package[] =>
  packages.map((each) => (each.name === name ? { ...each, dependencies: [...each.dependencies, dependency] } : each))

test('every package depends only on the layers below it', () => {
  expect(packages.length).toBeGreaterThan(10)
  expect(layerFaults(packages)).toEqual([])
})

test.each([
  ['@sluice/lake', '@sluice/engine', 'an upward edge'],
  ['@sluice/lake', '@sluice/warehouse', 'a sideways edge'],
  ['@sluice/delta', '@sluice/core', 'a package that must stand alone'],
  ['@sluice/simulator-coincap', '@sluice/core', 'a simulator that knows us'],
  ['@projects/crypto-coincap', '@sluice/lake', 'a project that holds plumbing'],
])('the rule bites on %s -> %s: %s', (name, dependency) => {
  expect(layerFaults(planted(name, dependency))).toHaveLength(1)
})

test('each package says in its manifest what it is for', () => {
  expect(packages.filter((each) => each.description.length < 20).map((each) => each.name)).toEqual([])
})

test('docs/architecture.md shows the house as its manifests describe it', () => {
  const document = readFileSync(documentFile, 'utf8')
  expect(document, 'run: npm run docs:diagram').toBe(withDiagram(document, diagramOf(packages)))
  expect(document).not.toBe(withDiagram(document, diagramOf(planted('@sluice/lake', '@sluice/engine'))))
})
