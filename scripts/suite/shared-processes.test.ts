import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { together } from '../../vitest.config.ts'
import { root } from '../workspace.ts'

/** What changes a process until it ends, and with it the files that run there afterwards. */
const lasting = /\buseStorage\(|\bprocess\.chdir\(|\bvi\.(?:mock|stubGlobal|stubEnv)\(/

const faultsOf = (path: string, text: string): readonly string[] =>
  text.split('\n').flatMap((line, at) => (lasting.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : []))

test('a file of tests that shares its process changes nothing of it for the next one', () => {
  const files = globSync(together, { cwd: root, exclude: (path) => /(?:^|\/)(?:node_modules|\.sluice)$/.test(path) })
  expect(files.length).toBeGreaterThan(200)
  expect(files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test.each([
  ['the storage of every lake that follows', 'beforeAll(() => useStorage(bucketsOfMemory))'],
  ['the folder of the process', 'process.chdir(folder)'],
  ['a module for all', "vi.mock('node:fs')"],
])('the rule bites on %s', (_, line) => {
  expect(faultsOf('a.test.ts', `\n${line}`)).toEqual([`a.test.ts:2: ${line}`])
})
