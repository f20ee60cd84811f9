import { acquireLock, platformFolder } from '@sluice/platform/testing'
import { afterEach, expect, test } from 'vitest'
import { openContext } from './open-context.ts'

const before = process.env.SLUICE_ROOT
afterEach(() => {
  if (before === undefined) delete process.env.SLUICE_ROOT
  else process.env.SLUICE_ROOT = before
})

test('while a server starts on the same state, a command says that its answer may lack what is not loaded yet', async () => {
  await using folder = await platformFolder([])
  process.env.SLUICE_ROOT = folder.root
  const notes: string[] = []
  const output = {
    json: false,
    interactive: false,
    result: () => undefined,
    bytes: () => undefined,
    note: (text: string) => void notes.push(text),
  }
  const open = async () => {
    const context = openContext({ json: false, url: undefined, token: undefined, project: undefined }, output, new AbortController().signal)
    await context.platform()
    await context.close()
  }
  await open()
  expect(notes).toEqual([])
  const lock = await acquireLock(folder.stateDir)
  try {
    await open()
    expect(notes).toEqual([expect.stringContaining(`Sluice is starting here (pid ${process.pid})`)])
    await lock.listening('http://127.0.0.1:1')
    await open()
    expect(notes).toHaveLength(1)
  } finally {
    await lock.release()
  }
})
