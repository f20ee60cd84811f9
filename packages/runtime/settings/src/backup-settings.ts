import { resolve as absolute } from 'node:path'
import type { ResolvePlatform } from './platform-settings.ts'
import type { Setting } from './resolve.ts'

/** Where backups go and what encrypts them. */
export interface BackupSettings {
  /** A folder or the URL of a bucket. */
  readonly to: string
  /** The key itself; `null` unless it was given so. */
  readonly key: string | null
  /** The file that holds the key, absolute. */
  readonly keyFile: string | null
}

export function backupSettings(
  root: string,
  resolve: ResolvePlatform,
): { readonly backup: BackupSettings; readonly settings: readonly Setting[] } {
  const settings = [resolve('backupTo', 'backups'), resolve('backupKeyFile', null), resolve('backupKey', null)]
  const [to, keyFile, key] = settings.map(({ value }) => (value === null ? null : String(value)))
  return {
    settings,
    backup: { to: to ?? 'backups', key: key ?? null, keyFile: keyFile === null || keyFile === undefined ? null : absolute(root, keyFile) },
  }
}
