import { expect, test } from 'vitest'
import { testWarehouse } from '../testing/index.ts'
import { openWarehouses } from './open-warehouses.ts'

test('one that cannot be opened keeps no other from being closed', async () => {
  await using demo = await testWarehouse()
  const opening = Promise.withResolvers<never>()
  const setup = {
    timeZone: 'UTC',
    ownerUrl: demo.url,
    readerUrl: demo.url,
    folder: '/none',
    migrations: null,
    queries: '/none',
    datasets: [],
    keys: [],
  }
  const warehouses = openWarehouses({
    projects: ['broken', 'sound'],
    setupOf: async (project) => (project === 'broken' ? await opening.promise : { ...setup, project }),
  })
  const broken = warehouses.of('broken')
  const sound = await warehouses.of('sound')
  await sound.ping()
  const closed = warehouses.close()
  opening.reject(new Error('no such server'))
  await expect(broken).rejects.toThrow('no such server')
  await closed
  await expect(sound.ping()).rejects.toThrow()
})
