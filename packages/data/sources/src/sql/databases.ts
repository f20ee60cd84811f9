import type { DatabaseConnection } from '@sluice/author'
import type { Database } from './database.ts'

/** Loaded when first used: worker processes import this module. */
export const databases: Readonly<Record<DatabaseConnection['type'], () => Promise<Database>>> = {
  postgres: async () => (await import('./postgres/copy.ts')).postgres,
}
