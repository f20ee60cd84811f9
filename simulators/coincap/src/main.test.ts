import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('main runs the simulator alone and stops on SIGTERM', async () => {
  const main = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--port', '0', '--seed', '7', '--key', 'mine'])
  try {
    const [line] = (await once(main.stdout, 'data')) as [Buffer]
    const url = /at (\S+) /.exec(line.toString())?.[1]
    expect((await fetch(`${url}/assets?apiKey=mine`)).status).toBe(200)
  } finally {
    main.kill('SIGTERM')
  }
  expect(await once(main, 'exit')).toEqual([0, null])
})
