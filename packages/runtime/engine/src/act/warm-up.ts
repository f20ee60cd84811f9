import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '@sluice/postgres'
import { currentDefinitions } from '../state/pipelines.ts'
import type { LoadedPipeline } from './load-pipeline.ts'
import type { ServedVersions } from './served-versions.ts'

/** An import that takes longer is not waited for: it is there when it is, or its task tells. */
const patienceMs = 5_000

/**
 * Imports the pipelines that are current into a process that has nothing to do yet, so that the first task does not wait for it: a task
 * whose worker was killed runs again in a third of the time. Half of the versions are left for those that are asked for. Each call imports
 * one more; false once there is none left.
 */
export function warmUp(of: {
  readonly db: Queryable
  readonly versions: ServedVersions
  readonly pipelineOf: (definitionId: number, file: string) => Promise<LoadedPipeline>
}): () => Promise<boolean> {
  let left: { readonly id: number; readonly version: number; readonly file: string }[] | undefined
  return async () => {
    left ??= [...(await currentDefinitions(of.db).catch(() => []))]
    const next = left.shift()
    if (next === undefined) return false
    if (of.versions.foresee(next.version)) {
      const waited = new AbortController()
      const imported = of.pipelineOf(next.id, next.file).catch(() => undefined)
      await Promise.race([imported, delay(patienceMs, undefined, { signal: waited.signal }).catch(() => undefined)])
      waited.abort()
    }
    return true
  }
}
