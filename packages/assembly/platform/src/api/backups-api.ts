import { parseKeep } from '@sluice/backup'
import { notFound, sumOf } from '@sluice/core'
import type { BackupsApi, MadeBackup } from '@sluice/serve'
import type { Settings } from '@sluice/settings'

/** Backups in the place of the settings. What makes and reads them is loaded with the first question. */
export function backupsApi(settings: Settings): BackupsApi {
  const projects = settings.projects.map(({ project }) => project.name)
  const known = (project: string | undefined): void => {
    if (project === undefined || projects.includes(project)) return
    throw notFound(`there is no project ${project}`, { facts: { project }, next: `There are ${projects.join(', ')}.` })
  }
  return {
    check: ({ project, keep }) => {
      known(project)
      if (keep !== undefined) parseKeep(keep)
    },
    list: async (project) => {
      known(project)
      const { placeOf, platformBackups, warehouseBackups } = await import('../backup/index.ts')
      const place = await placeOf(settings, undefined)
      if (project !== undefined) {
        const found = await warehouseBackups({ place, project })
        return found.map(({ manifest: { tables, ...manifest }, ...each }) =>
          made(each, { ...manifest, rows: sumOf(tables, ({ rows }) => rows) }),
        )
      }
      const found = await platformBackups(place)
      return found.map(({ manifest: { databases, written, shared, encrypted }, ...each }) =>
        made(each, { encrypted, rows: sumOf(databases, ({ rows }) => rows), bytes: written + shared }),
      )
    },
  }
}

const made = (
  { id, takenAt }: Pick<MadeBackup, 'id' | 'takenAt'>,
  { encrypted, rows, bytes }: Pick<MadeBackup, 'encrypted' | 'rows' | 'bytes'>,
): MadeBackup => ({ id, takenAt, encrypted, rows, bytes })
