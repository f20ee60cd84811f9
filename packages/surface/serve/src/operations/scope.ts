import { given, requestErrors } from '@sluice/core'
import type { ServerServices } from '../services.ts'

/*
 * How operations find the project that they are about. Each asks as the operation itself does, so that both mean the same; what one of them
 * throws, the operation would have thrown.
 */

type Services = Pick<ServerServices, 'engine' | 'lakes' | 'notifications'>

/** The path names it. */
export const namedProject = (_: Services, { params }: { readonly params: { readonly project: string } }): string => params.project

export const projectOfPipeline = async (
  { engine }: Services,
  { params, query }: { readonly params: { readonly pipeline: string }; readonly query: { readonly project?: string | undefined } },
): Promise<string> => (await engine.pipeline({ ...given(query), ...params })).project

export const projectOfRun = async ({ engine }: Services, { params }: { readonly params: { readonly run: string } }): Promise<string> =>
  (await engine.run(params.run, { limit: 1 })).project

export const projectOfBackfill = async (
  { engine }: Services,
  { params }: { readonly params: { readonly backfill: number } },
): Promise<string> => (await engine.backfillOf(params.backfill)).project

export const projectOfMessage = async (
  { notifications }: Services,
  { params, query }: { readonly params: { readonly key: string }; readonly query: { readonly project?: string | undefined } },
): Promise<string> => (await notifications.find(params.key, query.project)).project

interface Target {
  readonly dataset?: string | undefined
  readonly project?: string | undefined
}

const projectOfTarget = async ({ lakes }: Services, { dataset, project }: Target): Promise<string> => {
  if (dataset === undefined) throw requestErrors.invalid('name a dataset', { next: 'Give "dataset".' })
  return (await lakes.of({ dataset, ...given({ project }) })).project
}

export const projectOfDataset = (services: Services, { body }: { readonly body: Target }): Promise<string> =>
  projectOfTarget(services, body)

export const projectOfDatasetAsked = (services: Services, { query }: { readonly query: Target }): Promise<string> =>
  projectOfTarget(services, query)

/** Of a dataset that may be new. */
export const projectOfNewDataset = async (
  { lakes }: Services,
  { body: { dataset, project } }: { readonly body: { readonly dataset: string; readonly project?: string | undefined } },
): Promise<string> => (await lakes.forNew({ dataset, ...given({ project }) })).project
