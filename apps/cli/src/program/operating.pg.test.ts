import { spawnSync } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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

test('a copy of the state, made and unpacked as the page on operations says, has the runs in another folder', async () => {
  expect(platform.sluice('pipelines', 'trigger', 'sales', '--wait').status).toBe(0)
  const [run] = JSON.parse(platform.sluice('runs', 'list', '--json').stdout) as { readonly id: string }[]
  const page = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
  const shell = (command: string, cwd: string) => spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' })
  const line = (start: string): string => page.split('\n').find((each) => each.startsWith(start)) ?? ''
  await platform.write('.env', 'SLUICE_WORKERS=1\n')
  const elsewhere = join(dirname(platform.root), 'another machine')
  await mkdir(elsewhere)
  const archive = join(elsewhere, 'sluice.tar')
  const written = (command: string): string => command.replace(/\/backup\/sluice-.*?\.tar/, `'${archive}'`)
  expect(shell(written(line('tar -cpf')), platform.root)).toMatchObject({ status: 0, stderr: '' })
  expect(shell(written(line('tar -xpf')), elsewhere)).toMatchObject({ status: 0, stderr: '' })

  for (const file of ['package.json', 'sluice.config.ts', 'projects', 'node_modules'])
    await symlink(join(platform.root, file), join(elsewhere, file))
  const listed = shell('npx sluice runs list --json && npx sluice tasks logs sales report', elsewhere)
  expect(listed.stdout, listed.stderr).toContain(run?.id)
  expect(listed.stdout).toContain('REPORT: 120 rows')
})
