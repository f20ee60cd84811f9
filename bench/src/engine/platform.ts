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
  trigger(pipeline: string, project?: string): Promise<string>
  /** Waits for the end and refuses any but success. */
  ended(run: string): Promise<RunDetail>
}

export async function openPlatform(projects: readonly BenchProject[], databaseUrl: string): Promise<Platform> {
  await migrateState(databaseUrl)
  const pool = openPool(databaseUrl, { max: 4 })
  for (const project of projects) await publish(pool, project)
  const engine = await openEngine(databaseUrl)
  return {
    databaseUrl,
    pool,
    engine,
    trigger: async (pipeline, project = 'bench') => (await engine.trigger({ project, pipeline })).id,
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

async function publish(pool: Pool, { name, root, projectDir, stateDir }: BenchProject): Promise<void> {
  const loaded = await loadProject({ root, projectDir, stateDir })
  const [error] = loaded.errors
  if (error !== undefined) throw new Error(`${error.file}: ${error.message}`)
  const files = Object.fromEntries(Object.entries(loaded.files).map(([pipeline, file]) => [pipeline, join(loaded.versionDir, file)]))
  const { version, specs, files: sources } = loaded
  await publishVersion(pool, { project: name, timeZone: 'UTC', version, specs, files, sources, errors: [] }, Date.now())
}
