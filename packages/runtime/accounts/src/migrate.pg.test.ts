import { migrateDown, withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { accountsHistory, migrateAccounts } from './migrate.ts'

test('the tables of the accounts go up, down and up again, in a schema of their own', async () => {
  await using database = await testDatabase()
  const tables = () =>
    withSession(database.url, (session) =>
      session.query(
        "select schemaname || '.' || tablename as is from pg_tables where schemaname !~ '^(pg_|information_schema)' order by 1",
      ),
    )
  await Promise.all([migrateAccounts(database.url), migrateAccounts(database.url)])
  const made = await tables()
  expect(made.map(({ is }) => is)).toEqual(
    ['app_user', 'audit', 'ended_session', 'project_grant', 'sign_in_count', 'sluice_functions', 'sluice_migrations', 'token'].map(
      (name) => `sluice_accounts.${name}`,
    ),
  )
  const { migrations, ...options } = await accountsHistory()
  await migrateDown(database.url, migrations, 'none', options)
  expect(await tables()).toEqual([{ is: 'sluice_accounts.sluice_migrations' }])
  await migrateAccounts(database.url)
  expect(await tables()).toEqual(made)
})
