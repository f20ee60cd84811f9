import { isSluiceError } from '@sluice/core'
import { manifestName, peekManifest } from './manifest.ts'
import { type BackupPlace, placeWithin } from './place.ts'

/** What every manifest says. */
export interface AnyManifest {
  readonly backup: number
  readonly takenAt: string
  readonly encrypted: boolean
}

export interface FoundBackup<Manifest extends AnyManifest> {
  readonly id: string
  readonly place: BackupPlace
  readonly takenAt: number
  /** As it stands there; only the key proves it. */
  readonly manifest: Manifest
}

/** Its time, which sorts as text. */
export const backupId = (now: number): string => new Date(now).toISOString().replaceAll(/[-:.]/g, '')

/** The backups in a folder of a place, the newest first. What killed ones have left counts as nothing, as do damaged manifests. */
export async function backupsIn<Manifest extends AnyManifest>(
  place: BackupPlace,
  folder: string,
): Promise<readonly FoundBackup<Manifest>[]> {
  const found: FoundBackup<Manifest>[] = []
  for (const name of await place.list(folder)) {
    if (!name.endsWith('/')) continue
    const id = name.slice(0, -1)
    const own = placeWithin(place, `${folder}/${id}`)
    const text = await own.text(manifestName)
    if (text === undefined) continue
    try {
      const manifest = peekManifest<Manifest>(text, `${own.name}/${manifestName}`)
      found.push({ id, place: own, takenAt: Date.parse(manifest.takenAt), manifest })
    } catch (error) {
      if (!isSluiceError(error)) throw error
    }
  }
  return found.toSorted((a, b) => b.takenAt - a.takenAt)
}

/** Takes away what killed backups have left in a folder: folders that have no manifest. Only while no other backup is made there. */
export async function sweepUnfinished(place: BackupPlace, folder: string): Promise<void> {
  for (const name of await place.list(folder))
    if (name.endsWith('/') && (await place.text(`${folder}/${name}${manifestName}`)) === undefined) await place.remove(`${folder}/${name}`)
}
