import { expect, test } from 'vitest'
import { publicEntries } from './manifest.ts'
import { readMembers } from './members.ts'
import { products } from './products.ts'

test('each product has a package of the workspace, and entry points that a test uses are left out', () => {
  const folders = products().map(({ folder }) => folder)
  expect(folders).toContain('packages/surface/sluice')
  for (const member of readMembers().filter(({ folder }) => folders.includes(folder))) {
    expect(Object.values(publicEntries(member)).filter((file) => /\/testing\/|\.test\./.test(file))).toEqual([])
  }
})
