import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

let platform: PlatformOnDisk
beforeAll(async () => {
  platform = await platformOnDisk(shop, { server: 'none' })
})
afterAll(() => platform[Symbol.asyncDispose]())

test('all pipelines are paused and begin again with one command, which says what it changed', () => {
  expect(platform.sluice('pipelines', 'pause', 'sales')).toMatchObject({ status: 0, stdout: 'shop:sales is paused\n' })
  expect(platform.sluice('pipelines', 'pause', '--all')).toMatchObject({ status: 0, stdout: 'shop:fails is paused\n' })
  expect(platform.sluice('pipelines', 'pause', '--all').stdout).toBe('all 2 are paused already\n')
  expect(platform.sluice('pipelines', 'unpause', '--all').stdout.split('\n').sort().join('\n')).toBe(
    '\nshop:fails is active\nshop:sales is active',
  )
  expect(platform.sluice('pipelines', 'pause')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('name a pipeline, or say --all'),
  })
  expect(platform.sluice('pipelines', 'pause', 'sales', '--all').status).toBe(2)
})
