import { near, notFound } from '@sluice/core'
import type { Engine, PipelineRef } from '@sluice/engine'
import { z } from 'zod'
import { inProject } from '../../schemas/values.ts'

export const ofName = {
  params: z.object({ pipeline: z.string().describe('the pipeline') }),
  query: z.object(inProject),
}

/** An unknown name is answered with the names it may stand for. */
export async function named<T>(engine: Engine, ref: PipelineRef, act: (ref: PipelineRef) => Promise<T>): Promise<T> {
  try {
    return await act(ref)
  } catch (error) {
    if (!notFound.is(error)) throw error
    const candidates = near(
      ref.pipeline,
      (await engine.pipelines()).map(({ name }) => name),
    )
    if (candidates.length === 0) throw error
    throw notFound(error.message, {
      facts: { ...error.facts, near: candidates },
      cause: error,
      next: `Did you mean ${candidates.join(' or ')}?`,
    })
  }
}
