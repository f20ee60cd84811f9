import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyOf } from '@sluice/serve'
import { createClient, httpTransport } from '@sluice/serve/client'
import { ownerToken } from '@sluice/serve/owner'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServerPlatform } from './serve-platform.ts'
import { platformFolder } from './testing/index.ts'

const [pries, keeps] = ['pries', 'keeps-secrets'].map((name) => fileURLToPath(new URL(`./testing/${name}`, import.meta.url)))

const others = {
  KEEPS_KEY: 'k33psItsKeyToItself',
  KEEPS_TOKEN: 'k33psItsTokenToItself',
  KEEPS_URL: 'https://keeps:k33psItsPassw0rd@upstream.invalid/v1',
  SLUICE_SMTP_PASSWORD: 'th3PlatformsMailPassw0rd',
}
const environment = {
  ...others,
  PRIES_KEY: 'pri3sMayHaveThis',
  // Hex of them: the words themselves would be in the environment by this variable.
  SLUICE_PRIES_FOR: Object.values(others)
    .map((text) => Buffer.from(text).toString('hex'))
    .join(','),
}
const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]))
beforeAll(() => void Object.assign(process.env, environment))
afterAll(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

test('a task finds what is of its project, and nothing of another or of the platform in the process that runs it', async () => {
  await using folder = await platformFolder([pries ?? '', keeps ?? ''], { workers: 1 })
  const server = await openServerPlatform({ root: folder.root, note: () => undefined })
  try {
    const { stateDir } = server.platform.settings
    const client = createClient(httpTransport(server.url, ownerToken(await keyOf(stateDir))))
    const outputOf = async (pipeline: string): Promise<unknown> => {
      const { id } = await client.pipelines.trigger({ params: { pipeline }, body: {} })
      await client.runs.wait(id)
      const [task] = (await client.runs.show({ params: { run: id } })).taskRuns
      return task?.output ?? task?.error
    }
    expect(await outputOf('pries')).toEqual({
      own: { inContext: environment.PRIES_KEY.length, inEnvironment: true, inMemory: true },
      environment: 0,
      proc: 0,
      memory: 0,
      users: expect.toSatisfy(
        (users: readonly string[]) => users.toSorted((a, b) => a.localeCompare(b)).join() === 'pries_owner,pries_reader,sluice_worker',
      ),
      answer: JSON.stringify({ kind: 'refused', project: 'keeps-secrets' }),
      connection: 'project pries declares no connection "upstream"',
    })
    // The same process is given them once it has claimed a task of the other project.
    expect(await outputOf('keeps')).toEqual({
      key: others.KEEPS_KEY.length,
      token: others.KEEPS_TOKEN.length,
      environment: [true, true],
    })
    // The look into the memory sees what is there.
    expect(await outputOf('pries')).toMatchObject({
      memory: 3,
      environment: 0,
      proc: 0,
      users: expect.arrayContaining(['keeps_secrets_owner']),
    })
    expect(JSON.parse(await readFile(join(stateDir, 'warehouses.json'), 'utf8'))).toHaveProperty('keeps-secrets')
  } finally {
    await server.close()
  }
})
