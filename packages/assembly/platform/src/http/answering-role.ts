import { letAnswer, migrateAccounts } from '@sluice/accounts'
import { migrateState, openHttpRole, type ProcessRole } from '@sluice/engine'

/** The role of the metadata database as which people are answered, on tables that are up to date. May be called at each start. */
export async function openAnsweringRole(databaseUrl: string): Promise<ProcessRole> {
  await migrateState(databaseUrl)
  await migrateAccounts(databaseUrl)
  const opened = await openHttpRole(databaseUrl)
  if (opened.role !== null) await letAnswer(databaseUrl, opened.role)
  return opened
}
