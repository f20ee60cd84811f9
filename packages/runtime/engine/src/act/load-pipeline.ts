import { AsyncLocalStorage } from 'node:async_hooks'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { graphOf, type Pipeline, type PipelineSpec, type Step, type TaskSpec } from '@sluice/author'
import { definitionErrors } from '@sluice/core'

export interface LoadedPipeline {
  readonly spec: PipelineSpec
  /** By name: a pipeline may have thousands, and each attempt looks up its own. */
  readonly tasks: ReadonlyMap<string, LoadedTask>
}

export interface LoadedTask {
  readonly spec: TaskSpec
  readonly step: Step
}

/**
 * The file whose code runs because it is imported, and not because a task of it was called. Node carries it into timers and promises that
 * the code leaves behind.
 */
export const currentImport = new AsyncLocalStorage<string>()

/** Pipelines by the ids of their definitions, imported once a process. What bounds them is how many versions a process serves. */
export function pipelineLoader(stateDir: string): (definitionId: number, file: string) => Promise<LoadedPipeline> {
  const loaded = new Map<number, Promise<LoadedPipeline>>()
  return (definitionId, file) => {
    const known = loaded.get(definitionId) ?? currentImport.run(file, () => importPipeline(resolve(stateDir, file)))
    loaded.set(definitionId, known)
    return known
  }
}

async function importPipeline(path: string): Promise<LoadedPipeline> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: Pipeline }
    if (module.default?.kind !== 'pipeline') throw new Error(`${path} has no pipeline as its default export`)
    const { spec, steps } = graphOf(module.default)
    return { spec, tasks: new Map(spec.tasks.flatMap((task) => withStep(task, steps.get(task.name)))) }
  } catch (cause) {
    throw definitionErrors.broken(`cannot load the pipeline's file: ${(cause as Error).message}`, {
      cause,
      facts: { file: path },
      next: 'A run keeps the version it began with: restore .sluice/versions, or trigger a new run.',
    })
  }
}

const withStep = (spec: TaskSpec, step: Step | undefined): readonly (readonly [string, LoadedTask])[] =>
  step === undefined ? [] : [[spec.name, { spec, step }]]
