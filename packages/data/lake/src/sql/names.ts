import { isAbsolute } from 'node:path'
import { formatDatasetId, inputErrors, lakeLayers, parseDatasetId } from '@sluice/core'
import { isOfDataset, layerPath } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { formatOf } from '../file-format.ts'
import type { LakeStorage } from '../storage/storage.ts'

/** What a name in a query means: pure. `unknown` is neither. */
export type Named =
  | { readonly kind: 'dataset'; readonly project: string; readonly dataset: string }
  | { readonly kind: 'files'; readonly pattern: string }
  | { readonly kind: 'unknown' }

/** `silver.assets`, `"other:lake.silver.assets"`, `other.silver.assets`, `'bronze/legacy/2026.csv'` (with `*` for several). */
export function meaningOf(names: readonly string[], project: string): Named {
  const [first = ''] = names
  if (names.length === 1 && (formatOf(first) !== undefined || /[/\\]/.test(first))) return { kind: 'files', pattern: first }
  const parts = names.length === 1 && first.includes(':') ? idParts(first) : names.length === 1 ? first.split('.') : names
  const [of, layer, name] = parts.length === 2 ? [project, ...parts] : parts
  if (parts.length > 3 || of === undefined || layer === undefined || name === undefined) return { kind: 'unknown' }
  const known = lakeLayers.find((each) => each === layer.toLowerCase())
  const shaped = /^[a-z0-9][a-z0-9-]*$/.test(of) && /^[A-Za-z0-9_]+$/.test(name)
  if (known === undefined || !shaped) return { kind: 'unknown' }
  return { kind: 'dataset', project: of, dataset: formatDatasetId({ project: of, store: 'lake', layer: known, name }) }
}

function idParts(text: string): readonly string[] {
  try {
    const { project, store, layer, name } = parseDatasetId(text)
    return store === 'lake' ? [project, layer, name] : []
  } catch {
    return []
  }
}

/** `silver.assets` of everything the project's lake holds. Reads folders only. */
export async function datasetNames(storage: LakeStorage, project: string): Promise<readonly string[]> {
  const names = await Promise.all(
    lakeLayers.map(async (layer) =>
      (await storage.folders(layerPath({ project, layer }))).filter(isOfDataset).map((name) => `${layer}.${name}`),
    ),
  )
  return names.flat()
}

/**
 * Files of the project's lake that a pattern names, by their paths in it, in order. Links that lead out of it count as nothing.
 * @throws `input.invalid` for a pattern that leaves the lake; `lake.dataset_unknown` when it names no file.
 */
export async function filesNamed(storage: LakeStorage, project: string, pattern: string): Promise<readonly string[]> {
  if (isAbsolute(pattern) || pattern.split(/[/\\]/).includes('..') || /^\w+:/.test(pattern)) {
    throw inputErrors.invalid(`"${pattern}" lies outside of the lake of the project`, {
      facts: { path: pattern },
      next: 'Name a file by its path in the lake of the project, for example bronze/legacy/2026.csv.',
    })
  }
  const found = (await storage.match(project, pattern)).filter((path) => formatOf(path) !== undefined)
  if (found.length > 0) return found
  throw lakeErrors.dataset_unknown(`There is no Parquet, CSV or JSON file ${pattern} in the lake of the project`, {
    facts: { path: pattern },
    next: 'Paths begin in the lake of the project, for example bronze/legacy/2026.csv; * stands for any name.',
  })
}
