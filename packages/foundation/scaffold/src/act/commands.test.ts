import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installPackages } from './commands.ts'

test('a version that no registry has is told in a sentence, with what to do', async () => {
  const registry = createServer((_, response) =>
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}'),
  )
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'sluice install '))
  try {
    const { port } = registry.address() as AddressInfo
    await writeFile(join(folder, '.npmrc'), `registry=http://127.0.0.1:${port}/\n`)
    await writeFile(join(folder, 'package.json'), '{ "name": "x", "private": true, "dependencies": { "sluice": "^7.7.7" } }')
    await expect(installPackages(folder, '^7.7.7')).rejects.toMatchObject({
      message: 'the registry of npm has no sluice ^7.7.7: this version is not published',
      next: expect.stringContaining('--sluice FILE'),
    })
  } finally {
    registry.close()
    await rm(folder, { recursive: true, force: true })
  }
})
