import { join } from 'node:path'
import { type BackupPlace, backupSecret } from '@sluice/backup'
import { backupPlaceOf } from '@sluice/lake/backup'
import type { Settings } from '@sluice/settings'

/** The folder or bucket of backups: the one that is named, else that of the settings. */
export const placeOf = (settings: Pick<Settings, 'root' | 'stateDir' | 'backup'>, to: string | undefined): Promise<BackupPlace> =>
  backupPlaceOf(to ?? settings.backup.to, {
    root: to === undefined ? settings.root : process.cwd(),
    scratch: join(settings.stateDir, 'tmp', 'backup'),
  })

/** @throws `config.invalid` */
export const secretOf = ({ backup }: Pick<Settings, 'backup'>): Promise<string | undefined> => backupSecret(backup)

/** A folder for backups beside the code of projects is nothing for git. */
export const keepFromGit = (place: BackupPlace): Promise<boolean> => place.create('.gitignore', '*\n')
