import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pinned } from './pinned.ts'
import type { Step } from './step.ts'

/** A user of each entry point, and two mistakes that the types must see. */
const user = `import { cron, dataset, pipeline, project, task, text } from 'sluice'
import { createClient, httpTransport } from 'sluice/client'
import { coincapConnection } from 'sluice/coincap'
import { start as startCoincap } from 'sluice/simulators/coincap'
import { start as startSmtp } from 'sluice/simulators/smtp'
import { testWorld } from 'sluice/testing'

const seen = dataset('bronze.seen', { on: 'lake', columns: { id: text({ notNull: true }) }, key: ['id'] })
const look = task({ name: 'look', run: (_: object, { log }) => log.info('looked') })
export const daily = pipeline({ name: 'daily', schedule: cron('@daily'), steps: [look] })
export const shop = project({ name: 'shop', connections: { coincap: coincapConnection } })
export const asked = async () => [await createClient(httpTransport('http://localhost', undefined)).pipelines.list(), await testWorld()]
export const others = [seen, startCoincap, startSmtp]
// @ts-expect-error a name is a text
pipeline({ name: 1, steps: [] })
// @ts-expect-error there is no such option
testWorld({ nothing: true })
`

export const types: Step = {
  name: 'types',
  about: 'the types of every entry point hold in a strict project that checks libraries too, for Node and for bundlers',
  after: ['install'],
  run: async (world) => {
    const cwd = join(world.folder, 'install')
    await world.run('npm', ['install', '--save-dev', ...['typescript', '@types/node'].map(pinned)], { cwd })
    writeFileSync(join(cwd, 'user.ts'), user)
    const strict = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--target',
      'esnext',
      '--types',
      'node',
    ]
    for (const resolution of [
      ['--module', 'nodenext'],
      ['--module', 'esnext', '--moduleResolution', 'bundler'],
    ]) {
      await world.run('npx', ['tsc', 'user.ts', ...strict, ...resolution], { cwd })
    }
  },
}
