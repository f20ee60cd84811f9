import { readFile } from 'node:fs/promises'
import { platformMigrations } from '@sluice/warehouse'
import { expect, test } from 'vitest'

test('the outbox that a warehouse is given is the one that the relay reads', async () => {
  const relayed = new URL('./outbox/sluice_outbox.up.sql', import.meta.resolve('@sluice/notify'))
  const given = (await platformMigrations()).find(({ id }) => id.endsWith('_outbox'))
  expect(given?.up).toBe(await readFile(relayed, 'utf8'))
})
