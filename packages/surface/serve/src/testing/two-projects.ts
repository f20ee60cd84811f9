import type { Users } from '@sluice/accounts'
import { openTestUsers } from '@sluice/accounts/testing'
import { graphOf, pipeline, task } from '@sluice/author'
import { cron } from '@sluice/core'
import { type Engine, openEngine, publishVersion } from '@sluice/engine'
import { openPool, type Pool } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { answeringRole } from './answering-role.ts'

/** The engine and accounts on a database of a test, as the role of the HTTP process: a pipeline `sales` in `shop`, `prices` in `crypto`. */
export interface TwoProjects extends AsyncDisposable {
  readonly engine: Engine
  readonly users: Users
  readonly pool: Pool
}

const pipelines = {
  shop: pipeline({ name: 'sales', schedule: cron('0 * * * *'), steps: [task({ name: 'first', run: () => null })] }),
  crypto: pipeline({ name: 'prices', schedule: cron('0 * * * *'), steps: [task({ name: 'first', run: () => null })] }),
}

export async function twoProjects(): Promise<TwoProjects> {
  const database = await testDatabase()
  const role = await answeringRole(database)
  const engine = await openEngine(role.url, { upToDate: true })
  const users = await openTestUsers(role.url, { upToDate: true })
  const pool = openPool(database.url, { max: 2 })
  for (const [project, of] of Object.entries(pipelines)) {
    const { spec } = graphOf(of)
    const files = { [of.name]: `/nowhere/${of.name}.ts` }
    const error = { project, file: 'broken.ts', line: 1, column: 1, message: `boom of ${project}`, next: null, frame: null }
    const version = project.padEnd(16, 'x')
    await publishVersion(pool, { project, timeZone: 'UTC', version, specs: [spec], files, sources: files, errors: [error] }, Date.now())
  }
  return {
    engine,
    users,
    pool,
    [Symbol.asyncDispose]: async () => {
      await engine.close()
      await users.close()
      await pool.end()
      await role.drop()
    },
  }
}
