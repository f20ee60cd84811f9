import { testDatabase } from '@sluice/postgres/testing'
import { expect, test } from 'vitest'
import { nodeRules, timeZoneWarnings, type ZoneRules, zoneWarnings } from './time-zones.ts'

const now = Date.UTC(2026, 10, 30)

test('zones whose rules nobody has changed for years are the same in Node, PostgreSQL and DuckDB, whatever their offset', async () => {
  await using database = await testDatabase()
  expect(
    await timeZoneWarnings(database.url, ['Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'], now),
  ).toEqual([])
})

test('another rule is told with the zone, the day, both offsets and both versions, and so is a zone that an engine does not know', async () => {
  const from = Date.UTC(2027, 2, 1)
  const older: ZoneRules = {
    engine: 'Old 1.0',
    offsets: async (zone, instants) => (zone === 'Asia/Tokyo' ? null : instants.map((instant) => (instant < from ? 60 : 0))),
  }
  const newer: ZoneRules = { ...nodeRules, offsets: async (_, instants) => instants.map(() => 60) }
  expect(await zoneWarnings(['Africa/Casablanca', 'Asia/Tokyo', 'Africa/Casablanca'], newer, [older], now)).toEqual([
    `warning: time zone Africa/Casablanca: Old 1.0 differs from 2027-03-01 on: 0 minutes from UTC, not 60 (${nodeRules.engine}). Bring both to versions with the same rules.`,
    `warning: time zone Asia/Tokyo: Old 1.0 does not know it (${nodeRules.engine}). Bring both to versions with the same rules.`,
  ])
})
