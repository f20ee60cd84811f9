import { openLoader } from '@sluice/definitions'
import { readSettings, type Settings } from '@sluice/settings'

/** The whole configuration of a platform's folder, its files imported in processes of their own. @throws as `readSettings`. */
export const loadSettings = (of: {
  readonly root: string
  readonly env?: Readonly<Record<string, string | undefined>>
}): Promise<Settings> => readSettings({ ...of, openLoader })
