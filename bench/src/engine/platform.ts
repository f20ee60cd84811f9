import { join } from 'node:path'
import { loadProject } from '@sluice/definitions'
import { type Engine, migrateState, openEngine, publishVersion, type RunDetail } from '@sluice/engine'
import { openPool, type Pool } from '@sluice/postgres'
import { undo } from '../scratch.ts'
import type { BenchProject } from './project.ts'

/** A metadata database with the benchmark's pipelines published. */
export interface Platform extends AsyncDisposable {
  readonly databaseUrl: string
  readonly pool: Pool
  readonly engine: Engine
  trigger(pipeline: string): Promise<string>
  /** Waits for the end and refuses any but success. */
  ended(run: string): Promise<RunDetail>
}

export async function openPlatform(project: BenchProject, databaseUrl: string): Promise<Platform> {
  const { root, projectDir, stateDir } = project
  await migrateState(databaseUrl)
  const loaded = await loadProject({ root, projectDir, stateDir })
  const [error] = loaded.errors
  if (error !== undefined) throw new Error(`${error.file}: ${error.message}`)
  const pool = openPool(databaseUrl, { max: 4 })
  const files = Object.fromEntries(Object.entries(loaded.files).map(([name, file]) => [name, join(loaded.versionDir, file)]))
  await publishVersion(
    pool,
    { project: 'bench', timeZone: 'UTC', version: loaded.version, specs: loaded.specs, files, sources: loaded.files, errors: [] },
    Date.now(),
  )
  const engine = await openEngine(databaseUrl)
  return {
    databaseUrl,
    pool,
    engine,
    trigger: async (pipeline) => (await engine.trigger({ project: 'bench', pipeline })).id,
    ended: async (run) => {
      const detail = await engine.waitForRun(run)
      if (detail.state !== 'success') throw new Error(`The run ${run} of ${detail.pipeline} ended as ${detail.state}.`)
      return detail
    },
    ...undo(async () => {
      await engine.close()
      await pool.end()
    }),
  }
}
