import { explain, explainAll, type Settings } from '@sluice/engine'
import type { SettingsApi } from '@sluice/serve'

export const settingsApi = (settings: Settings): SettingsApi => ({
  list: async () => explainAll(settings).map(({ key, env, secret, value, source, where }) => ({ key, env, secret, value, source, where })),
  explain: async (key) => explain(settings, key),
})
