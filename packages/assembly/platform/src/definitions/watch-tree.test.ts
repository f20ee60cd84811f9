import { EventEmitter, once } from 'node:events'
import { cpSync, rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
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
  const watching = watchTree(root, {
    changed: (file) => {
      names.push(file)
      seen.emit(basename(file))
    },
    failed: (error) => seen.emit('error', error),
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

test('sees what is in a folder that was removed and made again at once, also the watched one itself, and nothing of what .gitignore names', async () => {
  const root = join(await mkdtemp(join(tmpdir(), 'sluice-watch-')), 'project')
  await mkdir(join(root, 'pipelines'), { recursive: true })
  await mkdir(join(root, 'data'))
  await writeFile(join(root, '.gitignore'), 'data/\n')
  await writeFile(join(root, 'pipelines/a.ts'), '1')
  await cp(root, `${root} aside`, { recursive: true })
  const seen = new EventEmitter()
  const told: string[] = []
  const watching = watchTree(root, {
    changed: (path, what) => {
      told.push(path)
      seen.emit(`${what} ${basename(path)}`)
    },
    failed: (error) => seen.emit('error', error),
  })
  const signal = AbortSignal.timeout(1_500_000)
  const after = async (event: string, act: () => unknown): Promise<void> => {
    const heard = once(seen, event, { signal })
    await act()
    await heard
  }
  try {
    // In one turn: the watcher hears of it when all of it is over.
    await after('folder pipelines', () => {
      rmSync(join(root, 'pipelines'), { recursive: true })
      cpSync(join(`${root} aside`, 'pipelines'), join(root, 'pipelines'), { recursive: true })
    })
    await after('file a.ts', () => writeFile(join(root, 'pipelines/a.ts'), '2'))
    await after('folder project', () => rm(root, { recursive: true }))
    await after('folder project', () => rename(`${root} aside`, root))
    await after('file a.ts', () => writeFile(join(root, 'pipelines/a.ts'), '3'))
    await writeFile(join(root, 'data/rows.json'), '[]')
    await after('file a.ts', () => writeFile(join(root, 'pipelines/a.ts'), '4'))
    expect(told.filter((path) => path.includes('rows.json'))).toEqual([])
  } finally {
    watching.close()
  }
})
