import { basename, dirname } from 'node:path'
import { parseInstant } from '@sluice/core'
import { partitionFolder } from '../bronze/file-name.ts'
import { datasetPath, type LakeDataset, layerStore, locationOf } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { corrupt, type GoldManifest, parseManifest } from './manifest.ts'

/** `<compact logical UTC>-<batch>-g<generation>` */
export const manifestEnding = '.manifest.json'
export const expiredEnding = '.expired'
const named = /^(\d{8}T\d{9}Z-[A-Za-z0-9_]+)-g(\d+)\.manifest\.json$/

/** One export by the name of its manifest: files are told from names alone. */
export interface GoldExport {
  /** `<compact logical UTC>-<batch>-g<generation>`: the version of the dataset. */
  readonly version: string
  /** Of logical time and batch, whatever the generation. */
  readonly stem: string
  readonly generation: number
  readonly dataset: LakeDataset
  /** Of its files, in the layer. */
  readonly folder: string
  /** Of its manifest, in the layer. */
  readonly path: string
  /** Retention took its files; the manifest stays as the receipt. */
  readonly expired: boolean
}

/** Every export of a dataset, oldest logical time first, a replaced generation before the one that replaced it. */
export async function exportsOf(dataset: LakeDataset): Promise<readonly GoldExport[]> {
  const paths = (await dataset.storage.files(datasetPath(dataset))).filter((path) => path.startsWith(partitionFolder('')))
  const expired = new Set(paths.filter((path) => path.endsWith(expiredEnding)))
  const found = paths.flatMap((path): GoldExport[] => {
    const [name, folder] = [basename(path), dirname(path)]
    const [, stem = '', generation = '0'] = named.exec(name) ?? []
    if (stem === '' || folder.includes('/')) return []
    const version = name.slice(0, -manifestEnding.length)
    return [
      {
        version,
        stem,
        generation: Number(generation),
        dataset,
        folder: `${dataset.name}/${folder}`,
        path: `${dataset.name}/${path}`,
        expired: expired.has(`${folder}/${version}${expiredEnding}`),
      },
    ]
  })
  return found.sort((a, b) => (a.stem === b.stem ? a.generation - b.generation : a.stem < b.stem ? -1 : 1))
}

/** Of each batch the newest generation. */
export const currentExports = (all: readonly GoldExport[]): readonly GoldExport[] => [
  ...new Map(all.map((each) => [each.stem, each])).values(),
]

/** @throws `lake.corrupt` */
export async function readManifest({ dataset, path }: GoldExport): Promise<GoldManifest> {
  const text = await layerStore(dataset).read(path)
  if (text === undefined) throw corrupt(locationOf(dataset, path), 'the manifest is missing')
  return parseManifest(text, locationOf(dataset, path))
}

/** `undefined` for a manifest that is broken: lists go on without it, `verify` tells. */
export async function manifestOf(of: GoldExport): Promise<GoldManifest | undefined> {
  try {
    return await readManifest(of)
  } catch (thrown) {
    if (lakeErrors.corrupt.is(thrown)) return undefined
    throw thrown
  }
}

/** The newest export, that of a version, or the newest whose logical time is at or before an instant. */
export async function exportAt(
  dataset: LakeDataset,
  at: { readonly version?: string | undefined; readonly timestamp?: number | undefined },
): Promise<GoldExport | undefined> {
  const all = await exportsOf(dataset)
  if (at.version !== undefined) return all.find(({ version }) => version === at.version)
  const { timestamp } = at
  return currentExports(all)
    .filter(({ stem, expired }) => !expired && (timestamp === undefined || logicalTimeOf(stem) <= timestamp))
    .at(-1)
}

/** Epoch milliseconds of `20261121T033000000Z-...`. */
export function logicalTimeOf(stem: string): number {
  const text = stem.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/, '$1-$2-$3T$4:$5:$6.$7Z')
  return parseInstant(text) ?? 0
}
