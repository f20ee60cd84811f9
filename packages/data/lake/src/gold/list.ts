import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSluiceError, parseInstant } from '@sluice/core'
import { partitionFolder } from '../bronze/file-name.ts'
import { namesIn } from '../folder.ts'
import type { Place } from '../paths.ts'
import { type GoldManifest, parseManifest } from './manifest.ts'

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
  readonly folder: string
  readonly path: string
  /** Retention took its files; the manifest stays as the receipt. */
  readonly expired: boolean
}

/** Every export of a dataset, oldest logical time first, a replaced generation before the one that replaced it. */
export async function exportsOf(place: Place): Promise<readonly GoldExport[]> {
  const days = (await namesIn(place.folder)).filter((day) => day.startsWith(partitionFolder('')))
  const found = await Promise.all(
    days.map(async (day) => {
      const folder = join(place.folder, day)
      const names = new Set(await namesIn(folder))
      return [...names].flatMap((name): GoldExport[] => {
        const [, stem = '', generation = '0'] = named.exec(name) ?? []
        const version = name.slice(0, -manifestEnding.length)
        return stem === ''
          ? []
          : [
              {
                version,
                stem,
                generation: Number(generation),
                folder,
                path: join(folder, name),
                expired: names.has(`${version}${expiredEnding}`),
              },
            ]
      })
    }),
  )
  return found.flat().sort((a, b) => (a.stem === b.stem ? a.generation - b.generation : a.stem < b.stem ? -1 : 1))
}

/** Of each batch the newest generation. */
export const currentExports = (all: readonly GoldExport[]): readonly GoldExport[] => [
  ...new Map(all.map((each) => [each.stem, each])).values(),
]

export const readManifest = async (of: GoldExport): Promise<GoldManifest> => parseManifest(await readFile(of.path, 'utf8'), of.path)

/** `undefined` for a manifest that is broken: lists go on without it, `verify` tells. */
export async function manifestOf(of: GoldExport): Promise<GoldManifest | undefined> {
  try {
    return await readManifest(of)
  } catch (thrown) {
    if (isSluiceError(thrown) && thrown.code === 'lake.corrupt') return undefined
    throw thrown
  }
}

/** The newest export, that of a version, or the newest whose logical time is at or before an instant. */
export async function exportAt(
  place: Place,
  at: { readonly version?: string | undefined; readonly timestamp?: number | undefined },
): Promise<GoldExport | undefined> {
  const all = await exportsOf(place)
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
