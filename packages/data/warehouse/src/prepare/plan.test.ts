import { expect, test } from 'vitest'
import { type Caller, type FoundDatabase, planWarehouse } from './plan.ts'

const plan = (rights: Partial<Caller>, found?: Partial<FoundDatabase>) => {
  const caller = { name: 'admin', superuser: false, createRole: false, createDb: false, ...rights }
  const there = { owner: 'dba', isCallers: false, mayCreate: true, tablesOwner: null }
  return planWarehouse({ database: 'shop', owner: 'shop_owner', caller }, found === undefined ? undefined : { ...there, ...found })
}
const both = { ownerRole: true, readerRole: true, notes: [] }

test('who may make roles and databases makes both, as a superuser or not', () => {
  for (const rights of [{ superuser: true }, { createRole: true, createDb: true }]) {
    expect(plan(rights)).toEqual({ ...both, createDatabase: true })
    expect(plan(rights, { owner: 'shop_owner', tablesOwner: 'shop_owner' })).toEqual({ ...both, createDatabase: false })
  }
})

test('a database that an administrator made is handed to the owner by who has its rights, else only read by the reader', () => {
  expect(plan({ createRole: true }, { owner: 'admin', isCallers: true })).toEqual({ ...both, createDatabase: false })
  expect(plan({ createRole: true }, {})).toMatchObject({
    ownerRole: false,
    readerRole: true,
    notes: [expect.stringContaining('belongs to dba')],
  })
})

test('tables that the caller has made itself stay its own, and the reader keeps apart all the same', () => {
  expect(plan({ createRole: true, createDb: true }, { owner: 'admin', isCallers: true, tablesOwner: 'admin' })).toMatchObject({
    ownerRole: false,
    readerRole: true,
    notes: [expect.stringContaining('belong to admin')],
  })
})

test('who may make no roles shares its rights with the queries, and a note says so', () => {
  const alone = { ownerRole: false, readerRole: false, notes: [expect.stringContaining('may not create roles')] }
  expect(plan({ createDb: true })).toMatchObject({ ...alone, createDatabase: true })
  expect(plan({}, { owner: 'admin', isCallers: true })).toMatchObject({ ...alone, createDatabase: false })
})

test('what only an administrator can do is said as the statement to run', () => {
  const next = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      return (error as { next: string }).next
    }
  }
  expect(next(() => plan({ createRole: true }))).toContain(`create database "shop" owner "admin" encoding 'UTF8'`)
  expect(next(() => plan({ createRole: true }, { mayCreate: false }))).toContain('alter database "shop" owner to "admin"')
})
