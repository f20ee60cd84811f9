import { type AnyDataset, withOutputs } from '@sluice/author'
import type { ProjectLakes } from '@sluice/lake'
import type { ModelDifference } from '@sluice/serve'
import type { DiffAsked, GraphNode } from '@sluice/transform'
import type { ProjectWarehouses } from '@sluice/warehouse'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

export interface Diffing {
  readonly loaded: Pick<ProjectDefinitions, 'name' | 'timeZone' | 'datasets' | 'models'>
  readonly lakes: Pick<ProjectLakes, 'named'>
  readonly warehouses: Pick<ProjectWarehouses, 'of'>
}

/** What the models among these nodes would change of the rows that stand, one after the other. */
export async function diffModels(
  { loaded, lakes, warehouses }: Diffing,
  nodes: readonly GraphNode[],
  { signal, ...asked }: DiffAsked & { readonly signal: AbortSignal },
): Promise<readonly ModelDifference[]> {
  const { diffInLake, diffInWarehouse } = await import('@sluice/transform')
  const datasets = new Map(loaded.datasets.map((dataset): [string, AnyDataset] => [dataset.id, dataset]))
  const found: ModelDifference[] = []
  for (const { kind, name, fills, store } of nodes) {
    const model = kind === 'model' ? loaded.models.find((each) => each.name === name && fills.includes(each.into)) : undefined
    const into = datasets.get(model?.into ?? '')
    if (model === undefined || into === undefined) continue
    signal.throwIfAborted()
    const meant = { ...model, into, sql: withOutputs(model.sql, {}) }
    const options = { datasets, timeZone: loaded.timeZone, signal, ...asked }
    const told =
      store === 'lake'
        ? await diffInLake({ ...options, model: meant, lake: await lakes.named(loaded.name) })
        : await diffInWarehouse({ ...options, model: meant, warehouse: await warehouses.of(loaded.name) })
    found.push({ model: name, dataset: into.id, store, refresh: model.refresh, ...told })
  }
  return found
}
