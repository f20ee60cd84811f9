import { join } from 'node:path'
import type { DefinitionError } from '@sluice/author'
import { type LoadedProject, loadProject } from '../load-project.ts'
import { temporaryRoot } from './temporary-root.ts'

const config = `import { project } from 'sluice'
export default project({ name: 'shop', timeZone: 'Europe/Paris' })
`

/** The text of its pipeline. */
export const good = `import { cron, pipeline, task } from 'sluice'
import { pause } from '../sources/pause.ts'

const first = task({ name: 'first', retry: { attempts: 3, delay: pause }, run: () => ({ rows: 1 }) })
const second = task({ name: 'second', needs: { first }, run: ({ first }) => first.rows })
export default pipeline({ name: 'good', schedule: cron('@daily'), steps: [second] })
`

export interface Shop extends Awaited<ReturnType<typeof temporaryRoot>> {
  load(budgetMs?: number, stateDir?: string): Promise<LoadedProject>
  /** Loads the good pipeline beside broken files and returns what is said about those. */
  errorsBeside(files: Readonly<Record<string, string>>, budgetMs?: number): Promise<readonly DefinitionError[]>
}

/** A platform on disk with one project, `shop`, whose one pipeline is `good`. */
export async function shopOnDisk(): Promise<Shop> {
  const platform = await temporaryRoot({
    'projects/shop/sluice.config.ts': config,
    'projects/shop/sources/pause.ts': "export const pause = '2s'\n",
    'projects/shop/pipelines/good.ts': good,
  })
  const { root, write } = platform
  const load: Shop['load'] = (budgetMs = 600_000, stateDir = join(root, '.sluice')) =>
    loadProject({ root, projectDir: join(root, 'projects/shop'), stateDir, budgetMs })
  return {
    ...platform,
    load,
    errorsBeside: async (files, budgetMs) => {
      await write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`projects/shop/${path}`, text])))
      const { specs, errors } = await load(budgetMs)
      if (!specs.some(({ name }) => name === 'good')) throw new Error(`good was not loaded: ${JSON.stringify(errors)}`)
      return errors
    },
  }
}
