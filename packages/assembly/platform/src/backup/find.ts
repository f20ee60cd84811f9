import { basename } from 'node:path'
import { type BackupPlace, backupErrors, backupsIn, type FoundBackup, manifestName } from '@sluice/backup'
import type { PlatformManifest } from './manifest.ts'
import { platformFolder } from './save-platform.ts'

export const platformBackups = (place: BackupPlace): Promise<readonly FoundBackup<PlatformManifest>[]> =>
  backupsIn<PlatformManifest>(place, platformFolder)

/** The backup of this id, or the newest. @throws `backup.refused` with those there are */
export async function findBackup(place: BackupPlace, id: string | undefined): Promise<FoundBackup<PlatformManifest>> {
  const all = await platformBackups(place)
  const found = id === undefined ? all[0] : all.find((each) => each.id === id)
  if (found !== undefined) return found
  throw backupErrors.refused(id === undefined ? `${place.name} holds no backup of a platform` : `${place.name} holds no backup ${id}`, {
    facts: { place: place.name },
    next:
      all.length === 0 ? 'Name the folder or bucket that "sluice backup" wrote to.' : `There are ${all.map((each) => each.id).join(', ')}.`,
  })
}

/** A folder of one backup stands for that of all, and for the backup in it. */
export async function placeAndId(
  from: string,
  open: (from: string) => Promise<BackupPlace>,
): Promise<{ readonly place: BackupPlace; readonly id?: string }> {
  const place = await open(from)
  if ((await place.text(manifestName)) === undefined) return { place }
  return { place: await open(from.replace(/\/+$/, '').split('/').slice(0, -2).join('/') || '.'), id: basename(from.replace(/\/+$/, '')) }
}
