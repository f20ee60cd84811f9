import { spawn } from 'node:child_process'
import { withSession } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'

const asksForAnHour = `import { openWarehouse } from '@sluice/warehouse'
const warehouse = openWarehouse({ project: 'shop', database: { url: process.env.URL } })
await warehouse.sqlText('select pg_sleep(3600)', { timeoutMs: 3_600_000 })`

test.skipIf(process.platform === 'win32')(
  'on a server that does not look for callers who are gone, a query ends soon after its process was killed',
  async () => {
    const database = await testDatabase()
    const asked = () =>
      withSession(database.url, (session) =>
        session.query(
          "select from pg_stat_activity where query like 'fetch forward%' and state = 'active' and datname = current_database() and pid <> pg_backend_pid()",
        ),
      )
    try {
      await withSession(database.url, (session) =>
        session.query(
          "do $$ begin execute format('alter database %I set client_connection_check_interval = 0', current_database()); end $$",
        ),
      )
      const asker = spawn(process.execPath, ['--input-type=module', '-e', asksForAnHour], {
        cwd: import.meta.dirname,
        env: { ...process.env, URL: database.url },
        stdio: 'ignore',
      })
      try {
        await expect.poll(asked, { timeout: 300_000 }).toHaveLength(1)
      } finally {
        asker.kill('SIGKILL')
      }
      await expect.poll(asked, { timeout: 300_000 }).toEqual([])
    } finally {
      await database.drop()
    }
  },
)
