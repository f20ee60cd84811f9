import { expect, test } from 'vitest'
import { type Grants, highestRole, ownerGrants, projectsWith, roleIn, suffices, within } from './grants.ts'
import { grantsOf } from './project-grants.ts'

const ada: Grants = new Map([
  ['shop', 'editor'],
  ['crypto', 'admin'],
])
const bob = grantsOf({ role: 'viewer', projects: { shop: 'editor' } })

test('in a project the higher of its own role and the one that holds everywhere counts', () => {
  expect([roleIn(bob, 'shop'), roleIn(bob, 'crypto')]).toEqual(['editor', 'viewer'])
  expect(roleIn(grantsOf({ role: 'admin', projects: { shop: 'viewer' } }), 'shop')).toBe('admin')
  expect(roleIn(ada, 'sport')).toBeUndefined()
  expect(roleIn(grantsOf({ role: 'none', projects: {} }), 'shop')).toBeUndefined()
})

test('the projects with a role are named, or all of them, also those to come', () => {
  expect(projectsWith(ada, 'admin')).toEqual(['crypto'])
  expect(projectsWith(ada, 'viewer')).toEqual(['shop', 'crypto'])
  expect(projectsWith(bob, 'viewer')).toBe('all')
  expect(projectsWith(bob, 'editor')).toEqual(['shop'])
  expect(projectsWith(ownerGrants, 'admin')).toBe('all')
})

test('nobody has a role without a grant, and a higher role suffices for a lower one', () => {
  expect([highestRole(ada), highestRole(new Map())]).toEqual(['admin', undefined])
  expect([suffices('editor', 'viewer'), suffices('viewer', 'editor'), suffices(undefined, 'viewer')]).toEqual([true, false, false])
})

test('a limit takes away and never gives', () => {
  expect([...within(ada, { role: 'viewer', projects: null })]).toEqual([
    ['shop', 'viewer'],
    ['crypto', 'viewer'],
  ])
  expect([...within(ada, { role: 'admin', projects: ['shop', 'sport'] })]).toEqual([['shop', 'editor']])
  expect([...within(bob, { role: 'admin', projects: ['shop', 'crypto'] })]).toEqual([
    ['shop', 'editor'],
    ['crypto', 'viewer'],
  ])
  expect([...within(bob, { role: 'editor', projects: [] })]).toEqual([])
})
