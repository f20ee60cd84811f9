export type { SettingsContext } from './define.ts'
