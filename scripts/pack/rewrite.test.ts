import { expect, test } from 'vitest'
import { readMembers } from './members.ts'
import { rewritten } from './rewrite.ts'

const members = readMembers()
const placeOf = (file: string): string =>
  file
    .replace(/^packages\/[a-z]+\//, 'dist/')
    .replace('/src/', '/')
    .replace(/\.ts$/, '.js')
const file = 'packages/runtime/engine/src/act/attempt.ts'
const rewrite = (text: string): string => rewritten(text, { members, file, placeOf })

test('names of the workspace become paths within the package, on their lines and columns but for the name itself', () => {
  const text = [
    "import { a } from '@sluice/core'",
    "import { b } from '../plan/trigger.js'",
    "import pg from 'pg'",
    "const worker = import.meta.resolve('@sluice/engine/worker')",
    "const own = new URL('./worker-process.ts', import.meta.url)",
    "const { version } = read(new URL('../../package.json', import.meta.url))",
    "// import '@sluice/core'",
    "const text = 'from @sluice/core'",
  ].join('\n')
  expect(rewrite(text).split('\n')).toEqual([
    "import { a } from '../../core/index.js'",
    "import { b } from '../plan/trigger.js'",
    "import pg from 'pg'",
    "const worker = import.meta.resolve('./worker-process.js')",
    "const own = new URL('./worker-process.js', import.meta.url)",
    "const { version } = read(new URL('../package.json', import.meta.url))",
    "// import '@sluice/core'",
    "const text = 'from @sluice/core'",
  ])
})

test('types name each other by what stands beside them', () => {
  expect(rewrite("export type A = import('@sluice/core').A\nexport * from './finish.ts'")).toBe(
    "export type A = import('../../core/index.js').A\nexport * from './finish.js'",
  )
})

test('an entry point that a package does not have is refused', () => {
  expect(() => rewrite("import '@sluice/core/nothing'")).toThrow('@sluice/core has no entry point ./nothing')
})
