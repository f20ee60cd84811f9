import { notFound, requestErrors } from '@sluice/core'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

export interface Wanted {
  readonly project: string | undefined
  readonly pipeline: string
  /** A task that the pipeline has. */
  readonly until?: string
}

/** The project that has a pipeline. @throws `not_found` for none, or a task that it lacks; `request.invalid` for several */
export function projectWith(definitions: readonly ProjectDefinitions[], { project, pipeline, until }: Wanted): ProjectDefinitions {
  const named = definitions.filter((each) => (project === undefined || each.name === project) && each.files[pipeline] !== undefined)
  const [found, another] = named
  if (found === undefined || another !== undefined) {
    const known = definitions.flatMap(({ name, files }) => Object.keys(files).map((each) => `${name}:${each}`))
    throw found === undefined
      ? notFound(`there is no pipeline ${pipeline}`, {
          facts: { pipeline },
          next: `The pipelines are ${known.join(', ')}. "sluice pipelines errors" lists files that do not load.`,
        })
      : requestErrors.invalid(`several projects have a pipeline ${pipeline}`, { facts: { pipeline }, next: 'Name one with --project.' })
  }
  const spec = found.specs.find(({ name }) => name === pipeline)
  if (until !== undefined && spec?.tasks.some(({ name }) => name === until) === false) {
    throw notFound(`${pipeline} has no task ${until}`, {
      next: `It has: ${spec.tasks.map(({ name }) => name).join(', ')}.`,
    })
  }
  return found
}
