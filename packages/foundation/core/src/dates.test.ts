import { expect, test } from 'vitest'
import { datesIn } from './dates.ts'

const evening = Date.parse('2026-11-28T23:30:00Z')

test('a day is written out, as data has it or as a zone has it at an instant', () => {
  const { longDay } = datesIn('fr-FR')
  expect(longDay('2026-11-28')).toBe('samedi 28 novembre 2026')
  expect([longDay(evening), longDay(evening, 'Europe/Paris')]).toEqual(['samedi 28 novembre 2026', 'dimanche 29 novembre 2026'])
  expect(datesIn('en-GB').longDay('2026-11-28')).toBe('Saturday, 28 November 2026')
})

test('a long moment is a day and a time of the clocks of a zone', () => {
  expect(datesIn('fr-FR').longMoment(evening, 'Europe/Paris')).toBe('dimanche 29 novembre 2026 à 00:30')
  expect(datesIn('en-GB').longMoment(evening, 'UTC')).toBe('Saturday, 28 November 2026 at 23:30')
})

test('a moment says whose clock it is read from', () => {
  expect(datesIn('fr-FR').moment(evening, 'Europe/Paris')).toBe('29 nov., 00:30 (Paris)')
  expect(datesIn('en-GB').moment(evening, 'America/New_York')).toBe('28 Nov, 18:30 (New York)')
})
