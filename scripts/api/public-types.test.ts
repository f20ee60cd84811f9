import { expect, test } from 'vitest'
import { publicTypes, publicTypesText, writtenTypes } from './public-types.ts'

const types = publicTypes()

test('what the published packages export is what docs/public-types.txt says', () => {
  expect([...types.keys()]).toEqual(
    expect.arrayContaining(['sluice', 'sluice/testing', 'sluice/client', '@sluice/delta', '@sluice/delta/s3']),
  )
  expect(publicTypesText(types), 'Is the change meant? Then say it in the CHANGELOG, and run: npm run docs:api').toBe(writtenTypes())
})

test.each<readonly [what: string, change: (text: string) => string]>([
  ['an option that is gone', (text) => text.replace(/readonly timeZone\?: string;/, '')],
  ['an option that became needed', (text) => text.replace('readonly timeZone?: string;', 'readonly timeZone: string;')],
  ['another answer', (text) => text.replace('Promise<World>', 'Promise<World | undefined>')],
])('%s is seen', (_, change) => {
  const changed = (types.get('sluice/testing') ?? []).map((each) => ({ ...each, text: change(each.text) }))
  expect(publicTypesText(new Map([...types, ['sluice/testing', changed]]))).not.toBe(publicTypesText(types))
})

test('a comment changes nothing, and an export that is gone or new does', () => {
  const exported = types.get('sluice') ?? []
  const commented = exported.map((each) => ({ ...each, text: `/** Says more. */ ${each.text}` }))
  expect(publicTypesText(new Map([['sluice', commented]]))).toBe(publicTypesText(new Map([['sluice', exported]])))
  expect(publicTypesText(new Map([['sluice', exported.slice(1)]]))).not.toBe(publicTypesText(new Map([['sluice', exported]])))
})
