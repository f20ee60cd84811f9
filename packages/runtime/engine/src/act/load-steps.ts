import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphOf, type Pipeline, type Step } from '@sluice/author'
import { definitionErrors } from '@sluice/core'

type Steps = ReadonlyMap<string, Step>

/** Steps by the ids of their definitions, imported once a process: a process serves one version, so the set is bounded by its project. */
export function stepLoader(stateDir: string): (definitionId: number, file: string) => Promise<Steps> {
  const loaded = new Map<number, Promise<Steps>>()
  return (definitionId, file) => {
    const known = loaded.get(definitionId) ?? importSteps(resolve(stateDir, file))
    loaded.set(definitionId, known)
    return known
  }
}

async function importSteps(path: string): Promise<Steps> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: Pipeline }
    if (module.default?.kind !== 'pipeline') throw new Error(`${path} has no pipeline as its default export`)
    return graphOf(module.default).steps
  } catch (cause) {
    throw definitionErrors.broken(`cannot load the pipeline's file: ${(cause as Error).message}`, {
      cause,
      facts: { file: path },
      next: 'A run keeps the version it began with: restore .sluice/versions, or trigger a new run.',
    })
  }
}
