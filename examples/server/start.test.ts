import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { platformFolder } from '@sluice/platform/testing'
import { expect, test } from 'vitest'

const example = fileURLToPath(new URL('../lake', import.meta.url))

test('the entry point of a container serves until it is told to end, and ends by itself', async () => {
  await using folder = await platformFolder([example], { workers: 1 })
  const child = spawn(process.execPath, [fileURLToPath(new URL('start.ts', import.meta.url)), folder.root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    let told = ''
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk.toString()
        const listens = /listens at (\S+)/.exec(told)?.[1]
        if (listens !== undefined) resolve(listens)
      })
      ended.then((code) => reject(new Error(`ended with ${code} before it listened`)), reject)
    })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(told).toContain('Sluice has ended')
    await expect(fetch(url)).rejects.toThrow()
  } finally {
    child.kill('SIGKILL')
  }
})
