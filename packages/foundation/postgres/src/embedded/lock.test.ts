import { mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hold, isHeld, withLock } from './lock.ts'

const made: string[] = []

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice lock '))
  made.push(dir)
  return dir
}

afterAll(async () => {
  for (const dir of made) await rm(dir, { recursive: true, force: true })
})

const deadPid = '4194304.1.abc'

test('only one of many callers is inside at a time', async () => {
  const path = join(await folder(), 'lock')
  let inside = 0
  let most = 0
  const enter = (): Promise<void> =>
    withLock(path, 10_000, async () => {
      most = Math.max(most, ++inside)
      await readdir('.')
      inside--
    })
  await Promise.all(Array.from({ length: 20 }, enter))
  expect(most).toBe(1)
  expect(await isHeld(path)).toBe(false)
})

test('a lock whose holder died is taken by exactly one of many and nothing is left behind', async () => {
  const dir = await folder()
  const path = join(dir, 'lock')
  await symlink(deadPid, path)
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 20 }, () =>
      withLock(path, 10_000, async () => {
        most = Math.max(most, ++inside)
        await readdir('.')
        inside--
      }),
    ),
  )
  expect(most).toBe(1)
  expect(await readdir(dir)).toEqual([])
})

test('a lock is taken although the one that was breaking it died too', async () => {
  const dir = await folder()
  const path = join(dir, 'lock')
  await symlink(deadPid, path)
  await symlink('4194305.1.def', `${path}.${deadPid}.0`)
  const letGo = await hold(path, 1_000)
  expect(await readlink(path)).toMatch(new RegExp(`^${process.pid}\\.`))
  await letGo()
  expect(await readdir(dir)).toEqual([])
})

test('a lock held by a living process is refused after the time given, naming the holder', async () => {
  const path = join(await folder(), 'lock')
  const letGo = await hold(path, 0)
  await expect(hold(path, 30)).rejects.toMatchObject({ code: 'lock.held', message: expect.stringContaining(`(${process.pid})`) })
  await letGo()
})

test('a process number used again by another process does not keep a lock', async () => {
  const path = join(await folder(), 'lock')
  await symlink(`${process.pid}.1.aaaa`, path)
  const letGo = await hold(path, 1_000)
  await letGo()
})
