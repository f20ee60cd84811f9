import type { SettingsApi } from '@sluice/serve'
import { explain, explainAll, type Settings } from '@sluice/settings'

export const settingsApi = (settings: Settings): SettingsApi => ({
  list: async () => explainAll(settings).map(({ key, env, secret, value, source, where }) => ({ key, env, secret, value, source, where })),
  explain: async (key) => explain(settings, key),
})
