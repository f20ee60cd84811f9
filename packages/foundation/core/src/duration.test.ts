import { expect, it } from 'vitest'
import { durationMs, formatDuration } from './duration.ts'
import { fc } from './testing/properties.ts'

it.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  ['10m', 600_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('%s is %d milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

it.each(['30', '', 's', '-5s', '5 s', '1e3s', '5w', '.5s', 'Infinitys'])('"%s" is refused with the forms there are', (text) => {
  expect(() => durationMs(text)).toThrow(expect.objectContaining({ code: 'definition.invalid', next: expect.stringContaining("'30s'") }))
})

it.each([
  [0, '0ms'],
  [999, '999ms'],
  [1_500, '1.5s'],
  [42_000, '42s'],
  [60_000, '1m'],
  [90_000, '1m 30s'],
  [3_600_000, '1h'],
  [90_061_000, '1d 1h'],
])('%d milliseconds are shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

it('a whole number of any unit is read back', () => {
  const size = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  fc.assert(
    fc.property(fc.nat({ max: 10_000 }), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (count, unit) => {
      expect(durationMs(`${count}${unit}`)).toBe(count * size[unit])
    }),
  )
})
