import { EventEmitter, once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { watchTree } from './watch-tree.ts'

test('sees writes, replacements again and again, and files of folders that come later; not what packages do', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-watch-'))
  await mkdir(join(root, 'pipelines'))
  await mkdir(join(root, 'node_modules'))
  await writeFile(join(root, 'pipelines/a.ts'), '1')
  const seen = new EventEmitter()
  const names: string[] = []
  const watching = watchTree(root, (file) => {
    names.push(file)
    seen.emit(basename(file))
  })
  const signal = AbortSignal.timeout(1_500_000)
  const after = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    const told = once(seen, name, { signal })
    await act()
    await told
  }
  try {
    await after('a.ts', () => writeFile(join(root, 'pipelines/a.ts'), '2'))
    for (const text of ['3', '4', '5']) {
      await after('a.ts', async () => {
        await writeFile(join(root, 'a.draft'), text)
        await rename(join(root, 'a.draft'), join(root, 'pipelines/a.ts'))
      })
    }
    await after('later', () => mkdir(join(root, 'later')))
    await after('b.ts', () => writeFile(join(root, 'later/b.ts'), '1'))
    await writeFile(join(root, 'node_modules/c.ts'), '1')
    await after('later', () => rm(join(root, 'later'), { recursive: true }))
    expect(names.filter((name) => name.includes('node_modules/'))).toEqual([])
  } finally {
    watching.close()
  }
})
