export type { SettingsContext } from './define.ts'
export { settingsCapability } from './open.ts'
