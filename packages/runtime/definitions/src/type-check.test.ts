import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryRoot } from './testing/temporary-root.ts'
import { checkTypes } from './type-check.ts'

const wrong = "export const amount: number = 'text'\n"

test('at the root each folder that definitions are read from is looked at, and other code only where one imports it', async () => {
  await using platform = await shop({
    'sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n",
    'pipelines/p.ts': `import '../src/used.ts'\n${wrong}`,
    'datasets/d.ts': wrong,
    'models/tests.ts': wrong,
    'src/used.ts': wrong,
    'src/apart.ts': wrong,
  })
  const { errors, left } = await checkTypes({
    project: 'shop',
    projectDir: platform.root,
    atRoot: true,
    stateDir: join(platform.root, '.sluice'),
    declared: { connection: [], database: [], variable: [], secret: [], mailGroup: [] },
    known: [],
  })
  expect(left).toBeNull()
  expect(errors.map(({ file }) => file).sort()).toEqual(['datasets/d.ts', 'models/tests.ts', 'pipelines/p.ts', 'src/used.ts'])
})

test('a second project begins with what the compiler kept of the first, and is told the same as without it', async () => {
  const files = {
    'sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n",
    'pipelines/p.ts': `import { task } from 'sluice'\n${wrong}export const a = task({ name: 'a', run: (_, { variable }) => variable('rate') })\n`,
  }
  await using first = await shop(files)
  await using second = await shop(files)
  const stateDir = join(first.root, '.sluice')
  const look = (project: string, projectDir: string, own: string, variable: readonly string[]) =>
    checkTypes({
      project,
      projectDir,
      atRoot: false,
      stateDir: own,
      declared: { connection: [], database: [], variable, secret: [], mailGroup: [] },
      known: [],
    })
  expect((await look('first', first.root, stateDir, ['rate'])).errors).toMatchObject([{ line: 2 }])
  const kept = statSync(join(stateDir, 'types/first/checked.tsbuildinfo')).size
  const after = await look('second', second.root, stateDir, ['price'])
  expect(after).toEqual(await look('second', second.root, join(second.root, '.sluice'), ['price']))
  expect(after.errors.map(({ line }) => line)).toEqual([2, 3])
  // The compiler writes what it keeps of the second one anew; nothing of the first one's folder changes.
  expect(statSync(join(stateDir, 'types/first/checked.tsbuildinfo')).size).toBe(kept)
})

test('a folder whose package.json does not say that its files are modules is told so, in one sentence', async () => {
  await using platform = await shop({
    'package.json': '{ "name": "shop" }',
    'sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n",
    'datasets/d.ts': wrong,
  })
  const { errors } = await checkTypes({
    project: 'shop',
    projectDir: platform.root,
    atRoot: true,
    stateDir: join(platform.root, '.sluice'),
    declared: { connection: [], database: [], variable: [], secret: [], mailGroup: [] },
    known: [],
  })
  expect(errors).toMatchObject([
    {
      file: 'package.json',
      message: 'package.json does not say that the files of the project are modules',
      next: 'Add "type": "module" to it.',
    },
    { file: 'datasets/d.ts', line: 1, message: expect.stringContaining("not assignable to type 'number'") },
  ])
})

async function shop(files: Readonly<Record<string, string>>) {
  const platform = await temporaryRoot(files)
  return { root: platform.root, [Symbol.asyncDispose]: platform.remove }
}
