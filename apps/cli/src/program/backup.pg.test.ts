import { spawnSync } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

const saved = `import { backup, cron, pipeline } from 'sluice'
const night = backup({ name: 'night', keep: '30d' })
const all = backup({ name: 'all', of: 'platform', keep: '7' })
export default pipeline({ name: 'saved', schedule: cron('15 3 * * *'), steps: [night, all], order: [night, all] })
`

let platform: PlatformOnDisk
beforeAll(async () => {
  platform = await platformOnDisk({ ...shop, 'projects/shop/pipelines/saved.ts': saved })
  expect(platform.sluice('pipelines', 'trigger', 'sales', '--wait').status).toBe(0)
})
afterAll(() => platform[Symbol.asyncDispose]())

const json = ({ stdout, stderr, status }: { readonly stdout: string; readonly stderr: string; readonly status: number | null }) => {
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

/** A folder with the same repository and another state. */
async function elsewhere(name: string) {
  const root = join(dirname(platform.root), name)
  await mkdir(root)
  for (const file of ['package.json', 'sluice.config.ts', 'projects', 'node_modules'])
    await symlink(join(platform.root, file), join(root, file))
  const own = Object.fromEntries(Object.entries(process.env).filter(([each]) => !/^(?:SLUICE_|npm_)/.test(each)))
  const bin = join(root, 'node_modules', '.bin', 'sluice')
  return (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawnSync(process.execPath, [bin, ...args], {
      cwd: root,
      env: { ...own, NO_COLOR: '1', SLUICE_WORKERS: '1', ...env },
      encoding: 'utf8',
    })
}

test('one command saves a platform, and one restores it in another folder, where its runs go on', async () => {
  const to = join(dirname(platform.root), 'backups of it')
  expect(platform.sluice('backup', '--to', to, '--dry-run').stdout).toMatch(/metadata \(database sluice\)[\s\S]*lake/)
  const { id, manifest } = json(platform.sluice('backup', '--to', to, '--json'))
  expect(manifest).toMatchObject({ encrypted: false, secrets: false, projects: ['shop'] })
  expect(platform.sluice('backup', 'verify', '--to', to)).toMatchObject({ status: 0, stdout: `${id} is whole\n` })
  const there = await elsewhere('another machine')
  const [run] = json(platform.sluice('runs', 'list', '--json')) as { readonly id: string }[]
  expect(there(['restore', to, '--dry-run']).stdout).toContain(`would restore ${id}`)
  const restored = there(['restore', join(to, 'platform', id)])
  expect(restored.stdout, restored.stderr).toContain('is restored into')
  expect(there(['restore', to])).toMatchObject({ status: 1, stderr: expect.stringContaining('has a state already') })
  const next = there(['pipelines', 'trigger', 'sales', '--wait'])
  expect(next.status, next.stderr).toBe(0)
  expect(there(['tasks', 'logs', 'sales', 'report', '--run', run?.id ?? '']).stdout).toContain('REPORT: 120 rows')
})

test('a warehouse is saved, read again and restored beside itself, and never over data unless its name is said', () => {
  const to = join(dirname(platform.root), 'backups of its warehouse')
  const backup = (...args: readonly string[]) => platform.sluice('warehouse', 'backup', ...args, '--to', to)
  const { id } = json(backup('run', '--keep', '1', '--json'))
  expect(backup('list').stdout).toContain(id)
  expect(backup('restore', 'shop', '--into', 'scratch').stdout).toContain('in the database scratch, each compared with the backup')
  expect(backup('restore', 'shop', '--into', 'scratch', '--replace', 'shop')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('say --replace scratch'),
  })
  expect(backup('restore', 'shop', '--into', 'scratch').status).toBe(1)
  expect(backup('restore', 'shop', '--into', 'scratch', '--replace', 'scratch').status).toBe(0)
  expect(backup('sql').stdout).toMatch(/create table public\.sluice_loads[\s\S]*copy [\s\S]*\\\.\n/)
})

test('a pipeline saves its warehouse and the platform by itself, and a person asks for the same', () => {
  const run = platform.sluice('pipelines', 'run', 'saved')
  expect(run.status, run.stderr).toBe(0)
  const listed = (...of: readonly string[]) =>
    json(platform.sluice('backups', 'list', ...of, '--json')) as { readonly id: string; readonly rows: number }[]
  expect(listed()).toMatchObject([{ rows: expect.any(Number) }])
  // That of the platform holds one of the warehouse, too.
  expect(listed('--project', 'shop')).toHaveLength(2)
  const asked = json(platform.sluice('backups', 'run', '--project', 'shop', '--keep', '1', '--json'))
  expect(asked).toMatchObject({ kind: 'run', project: 'shop', actor: 'owner', error: null, result: { removed: [expect.any(String)] } })
  expect(platform.sluice('backups', 'verify').stdout).toBe(`${listed()[0]?.id} is whole\n`)
  expect(platform.sluice('backups', 'run', '--keep', 'some')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('does not say which backups are kept'),
  })
})
