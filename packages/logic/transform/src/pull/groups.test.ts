import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { aloneFrom, groupsOf } from './groups.ts'

const mib = 1024 * 1024
const listed = (...sizes: readonly number[]) => sizes.map((bytes, at) => ({ listed: { bytes }, at }))
const sizesOf = (groups: ReturnType<typeof groupsOf<{ readonly listed: { readonly bytes: number } }>>) =>
  groups.map((group) => group.map((file) => file.listed.bytes / mib))

test('files are written together up to 32 MiB, and one of 16 MiB or more by itself', () => {
  expect(sizesOf(groupsOf(listed(15 * mib, 15 * mib, 2 * mib, mib)))).toEqual([[15, 15, 2], [1]])
  expect(sizesOf(groupsOf(listed(mib, 16 * mib, mib, mib)))).toEqual([[1], [16], [1, 1]])
  expect(groupsOf(listed(...Array.from({ length: 401 }, () => 1))).map((group) => group.length)).toEqual([200, 200, 1])
  expect(groupsOf([])).toEqual([])
})

test('whatever their sizes are, each file is in one group, in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20 * mib)), (sizes) => {
      const files = listed(...sizes)
      const groups = groupsOf(files)
      expect(groups.flat()).toEqual(files)
      for (const group of groups) {
        expect(group.length).toBeGreaterThan(0)
        if (group.length > 1) expect(group.every((file) => file.listed.bytes < aloneFrom)).toBe(true)
      }
    }),
  )
})
