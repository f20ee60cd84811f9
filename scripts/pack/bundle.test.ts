import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { bundle, withAddresses } from './bundle.ts'
import { readMembers } from './members.ts'

const members = readMembers()
const placeOf = (file: string): string =>
  file
    .replace(/^packages\/[a-z]+\//, 'dist/')
    .replace('/src/', '/')
    .replace(/\.ts$/, '.js')
const file = 'packages/runtime/engine/src/act/attempt.ts'

test('addresses become those of the published files, seen from the folder of the code; imports stay', () => {
  const text = [
    "import { a } from '@sluice/core'",
    "fork(fileURLToPath(import.meta.resolve('@sluice/engine/worker')), [])",
    "const own = new URL('./worker-process.ts', import.meta.url)",
    "const functions = fileURLToPath(new URL('../state/functions', import.meta.url))",
    "createRequire(import.meta.url).resolve('pg')",
    "// new URL('./nothing.ts', import.meta.url)",
  ].join('\n')
  const { code, asked } = withAddresses(text, { file, members, placeOf })
  expect(code.split('\n')).toEqual([
    "import { a } from '@sluice/core'",
    "fork(fileURLToPath(String(new URL('../engine/act/worker-process.js', import.meta.url))), [])",
    "const own = new URL('../engine/act/worker-process.js', import.meta.url)",
    "const functions = fileURLToPath(new URL('../engine/state/functions', import.meta.url))",
    "createRequire(import.meta.url).resolve('pg')",
    "// new URL('./nothing.ts', import.meta.url)",
  ])
  const worker = 'packages/runtime/engine/src/act/worker-process.ts'
  expect(asked).toEqual([worker, worker, 'packages/runtime/engine/src/state/functions'])
})

test('a module that asks for its folder is refused', () => {
  expect(() => withAddresses("join(import.meta.dirname, 'x.sql')", { file, members, placeOf })).toThrow(`${file} asks for its folder`)
})

test('a module that is started as a process, and one that is imported, are one module at their addresses', async () => {
  const into = mkdtempSync(join(tmpdir(), 'bundle-'))
  const entries = ['packages/runtime/definitions/src/index.ts', 'packages/foundation/core/src/index.ts']
  await bundle({ members, entries, placeOf, into })
  expect(readFileSync(join(into, 'dist/definitions/loader-process.js'), 'utf8')).toBe(
    "export * from '../code/definitions.loader-process.js'\n",
  )
  const map = JSON.parse(readFileSync(join(into, 'dist/code/definitions.loader-process.js.map'), 'utf8')) as { sources: string[] }
  expect(map.sources).toContain('definitions/loader-process.ts')
  const imported = async (place: string) => (await import(pathToFileURL(join(into, place)).href)) as Record<string, unknown>
  const [core, code] = [await imported('dist/core/index.js'), await imported('dist/code/core.index.js')]
  expect([typeof core.hashText, core.hashText]).toEqual(['function', code.hashText])
})
