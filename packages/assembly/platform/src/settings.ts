import { openLoader } from '@sluice/definitions'
import { readSettings, type Settings } from '@sluice/settings'

/** The configuration of a platform's folder. Its files are imported in separate processes. @throws as `readSettings` */
export const loadSettings = (of: {
  readonly root: string
  readonly env?: Readonly<Record<string, string | undefined>>
}): Promise<Settings> => readSettings({ ...of, openLoader })
