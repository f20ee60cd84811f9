import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectText } from './expect.ts'
import { pinned } from './pinned.ts'
import type { Step } from './step.ts'

/** The compiler and the packages that the examples of the README name. */
const tools = ['typescript', '@types/node', 'apache-arrow']

export const delta: Step = {
  name: 'delta',
  about: '@sluice/delta alone installs, runs the examples of its README on Node 22 and 24, and its types hold in a strict project',
  run: async (world) => {
    const cwd = world.makeFolder('delta alone')
    await world.run('npm', ['init', '--yes', '--init-type=module'], { cwd })
    await world.run('npm', ['install', world.tarballs['@sluice/delta'] ?? ''], { cwd })
    const readme = readFileSync(join(cwd, 'node_modules/@sluice/delta/README.md'), 'utf8')
    const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
    for (const [index, code] of examples.entries()) writeFileSync(join(cwd, `example-${index}.ts`), code)
    for (const node of [22, 24]) {
      expectText(await world.run('node', ['example-0.ts'], { cwd, node }), "price: '3200.000000000000000000'")
      rmSync(join(cwd, 'prices'), { recursive: true })
    }
    for (const store of ['s3', 'gcs']) {
      await world.run('node', ['--input-type=module', '-e', `import '@sluice/delta/${store}'`], { cwd, node: 22 })
    }
    await world.run('npm', ['install', '--save-dev', ...tools.map(pinned)], { cwd })
    for (const node of [22, 24]) {
      expectText(await world.run('node', ['example-2.ts'], { cwd, node }), '7.25')
      rmSync(join(cwd, 'arrow-prices'), { recursive: true })
    }
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    await world.run('npx', ['tsc', ...examples.map((_, index) => `example-${index}.ts`), ...strict], { cwd })
  },
}
