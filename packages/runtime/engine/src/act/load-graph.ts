import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphOf, type Pipeline, type PipelineGraph } from '@sluice/author'
import { definitionErrors } from '@sluice/core'

/**
 * Pipelines by the ids of their definitions, imported once a process: a process serves one version, so the set is bounded by its project.
 */
export function graphLoader(stateDir: string): (definitionId: number, file: string) => Promise<PipelineGraph> {
  const loaded = new Map<number, Promise<PipelineGraph>>()
  return (definitionId, file) => {
    const known = loaded.get(definitionId) ?? importGraph(resolve(stateDir, file))
    loaded.set(definitionId, known)
    return known
  }
}

async function importGraph(path: string): Promise<PipelineGraph> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: Pipeline }
    if (module.default?.kind !== 'pipeline') throw new Error(`${path} has no pipeline as its default export`)
    return graphOf(module.default)
  } catch (cause) {
    throw definitionErrors.broken(`cannot load the pipeline's file: ${(cause as Error).message}`, {
      cause,
      facts: { file: path },
      next: 'A run keeps the version it began with: restore .sluice/versions, or trigger a new run.',
    })
  }
}
