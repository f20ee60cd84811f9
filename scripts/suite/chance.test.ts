import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../workspace.ts'

/** What draws numbers that no seed repeats. Names that must be new (`randomUUID`) are not input. */
const unseeded = /\bMath\.random\(|\brandom(?:Bytes|Int)\(|\bDate\.now\(\) %|from 'fast-check'/

/** Each hands one to what must refuse it, or makes the seed itself. */
const allowed = new Set(['packages/foundation/author/src/steps/steps.test.ts', 'packages/foundation/core/src/testing/properties.ts'])

const faultsOf = (path: string, text: string): readonly string[] =>
  text.split('\n').flatMap((line, at) => (unseeded.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : []))

test('the random input of every test comes from the seed of the run', () => {
  const files = globSync('{packages,apps,simulators,projects,examples,templates,bench}/**/{*.test.ts,*.cases.ts,testing/**/*.ts}', {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|\.sluice)$/.test(path),
  })
  expect(files.length).toBeGreaterThan(200)
  const judged = files.filter((file) => !allowed.has(file))
  expect(judged.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test.each([
  ['a number that nobody can draw again', 'const n = Math.floor(Math.random() * 3)'],
  ['a seed of its own', 'const seed = Date.now() % 1_000_000'],
  ['bytes of the system', 'const body = randomBytes(12)'],
  ['fast-check under its own seed', "import fc from 'fast-check'"],
])('the rule bites on %s', (_, line) => {
  expect(faultsOf('a.test.ts', `\n${line}`)).toEqual([`a.test.ts:2: ${line}`])
})
