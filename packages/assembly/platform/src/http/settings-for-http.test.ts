import { expect, test } from 'vitest'
import { loadSettings } from '../settings.ts'
import { platformFolder } from '../testing/index.ts'
import { environmentForHttp, settingsForHttp } from './settings-for-http.ts'

test('the process that answers people is not told the URL of the database, and shows all the same where it is set', async () => {
  await using folder = await platformFolder([])
  const env = { SLUICE_DATABASE_URL: 'postgres://root:planted@db.example/sluice', SLUICE_PORT: '4000' }
  const settings = await loadSettings({ root: folder.root, env })
  expect(settings.databaseUrl).toContain('planted')
  const told = settingsForHttp(settings)
  expect(told.databaseUrl).toBeNull()
  expect(JSON.stringify(told)).not.toMatch(/planted|db\.example/)
  const shown = told.values.find((setting) => setting.env === 'SLUICE_DATABASE_URL')
  expect(shown).toMatchObject({ value: '****', source: 'environment', where: 'SLUICE_DATABASE_URL' })
  expect({ ...told, databaseUrl: settings.databaseUrl, values: settings.values }).toEqual(settings)
  expect(environmentForHttp(env)).toEqual({ SLUICE_PORT: '4000' })
})
