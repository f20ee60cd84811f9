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

async function shop(files: Readonly<Record<string, string>>) {
  const platform = await temporaryRoot(files)
  return { root: platform.root, [Symbol.asyncDispose]: platform.remove }
}
