import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { withLock } from '../embedded/lock.ts'
import { acquireServer } from '../embedded/server.ts'
import { filesOf } from '../embedded/state.ts'

/**
 * Fills the folder of an embedded server as its first start does: with an empty cluster, a copy of one that is made once for all test files
 * of a run, since `initdb` takes ten times as long as the copy.
 */
export async function copyOfEmptyCluster(dir: string): Promise<void> {
  const made = await emptyCluster()
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 })
  const { status, stderr } = spawnSync('cp', ['-a', made, dir], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the cluster cannot be copied: ${stderr}`)
  // A port of its own.
  const { state } = filesOf(dir)
  await writeFile(state, JSON.stringify({ ...(JSON.parse(await readFile(state, 'utf8')) as object), port: undefined }))
}

async function emptyCluster(): Promise<string> {
  const folder = join(process.env.SLUICE_TEST_FOLDER ?? tmpdir(), 'cluster')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  const [dir, done] = [join(folder, 'postgres'), join(folder, 'done')]
  await withLock(join(folder, 'lock'), 600_000, async () => {
    if ((await readFile(done, 'utf8').catch(() => '')) !== '') return
    await (await acquireServer({ dir })).stop()
    await writeFile(done, 'done')
  })
  return dir
}
