import { backupErrors, parseKeep } from '@sluice/backup'
import { given, type Json, sumOf } from '@sluice/core'
import type { BackupJob } from '@sluice/engine'
import type { Settings } from '@sluice/settings'
import type { PlatformDatabase } from './databases.ts'
import { findBackup } from './find.ts'
import { savePlatform } from './save-platform.ts'
import { verifyPlatform } from './verify-platform.ts'
import { findWarehouseBackup, saveWarehouse, verifyWarehouse } from './warehouse-backups.ts'
import { placeOf, secretOf } from './where.ts'

/** A backup that was asked for, with all that it takes to make it. Plain data that holds secrets. */
export interface JobWork {
  readonly job: Pick<BackupJob, 'kind' | 'project' | 'backup' | 'keep'>
  readonly settings: Pick<Settings, 'root' | 'stateDir' | 'lakeUrl' | 'profile' | 'projects' | 'backup'>
  readonly databases: readonly PlatformDatabase[]
  readonly version: string
  readonly now: number
}

/** Makes a backup, or reads one again. @throws what either throws; `backup.damaged` where one that was read is not whole */
export async function carryOutJob({ job, settings, databases, version, now }: JobWork): Promise<Json> {
  const { kind, project, backup, keep } = job
  const [place, secret] = [await placeOf(settings, undefined), await secretOf(settings)]
  const id = backup ?? undefined
  if (kind === 'verify') {
    if (project === null) {
      const found = await findBackup(place, id)
      return whole(found.id, await verifyPlatform(place, found, secret))
    }
    const of = { place, project, secret }
    const found = await findWarehouseBackup(of, id)
    return whole(found.id, await verifyWarehouse(of, found))
  }
  const keeping = given({ keep: keep === null ? undefined : parseKeep(keep) })
  if (project === null) {
    const saved = await savePlatform({ settings, databases, place, secret, version, now, ...keeping })
    const { written, databases: all, leftOut } = saved.manifest
    return {
      id: saved.id,
      place: place.name,
      rows: sumOf(all, ({ rows }) => rows),
      bytes: written,
      removed: [...saved.removed],
      leftOut: [...leftOut],
    }
  }
  const url = databases.find((each) => each.project === project)?.url
  if (url === undefined) {
    throw backupErrors.refused(`there is no project ${project}`, {
      facts: { project },
      next: 'Name one of sluice.config.ts, or none for the whole platform.',
    })
  }
  const { id: saved, manifest, removed } = await saveWarehouse({ place, project, secret }, { url, version, now, ...keeping })
  const { tables, bytes, leftOut } = manifest
  return { id: saved, place: place.name, rows: sumOf(tables, ({ rows }) => rows), bytes, removed: [...removed], leftOut: [...leftOut] }
}

function whole(id: string, problems: readonly string[]): Json {
  if (problems.length === 0) return { id, whole: true }
  throw backupErrors.damaged(`${id} is not whole: ${problems.slice(0, 5).join('; ')}`, {
    facts: { path: id },
    next: 'Make a new backup, and look at the disk or bucket that this one lies on.',
  })
}
