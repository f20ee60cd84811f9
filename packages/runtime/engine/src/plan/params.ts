import type { PipelineSpec, TaskSpec } from '@sluice/author'
import { type Json, near, requestErrors } from '@sluice/core'

/** What every pipeline with a pull takes: files that its pulls read again, by the names of their sources: `{ orders: ['2026/b.csv'] }`. */
export const rereadParam = 'reread'

/**
 * What a run is given, with the pipeline's own value for each parameter that it is not given.
 * @throws `request.invalid` for a parameter that the pipeline does not declare: a run with a misspelt one would go by the declared value
 */
export function paramsOf(
  { name, params, tasks = [] }: Pick<PipelineSpec, 'name' | 'params'> & { readonly tasks?: readonly Pick<TaskSpec, 'kind'>[] },
  given: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> {
  const pulls = tasks.some(({ kind }) => kind === 'pull')
  const declared = [...Object.keys(params), ...(pulls && !Object.hasOwn(params, rereadParam) ? [rereadParam] : [])]
  const odd = Object.keys(given).find((each) => !declared.includes(each))
  if (odd === undefined) return { ...params, ...given }
  const [meant] = near(odd, declared)
  throw requestErrors.invalid(`${name} has no parameter "${odd}"`, {
    facts: { pipeline: name, parameter: odd, declared },
    next:
      meant !== undefined
        ? `Did you mean ${meant}? Its parameters are ${declared.join(', ')}.`
        : declared.length > 0
          ? `Its parameters are ${declared.join(', ')}.`
          : 'It declares none: write params: { ... } in the pipeline, with the value for runs that are given none.',
  })
}
