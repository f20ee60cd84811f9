import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyOf } from '@sluice/serve'
import { createClient, httpTransport } from '@sluice/serve/client'
import { ownerToken } from '@sluice/serve/owner'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServerPlatform } from './serve-platform.ts'
import { platformFolder } from './testing/index.ts'
import { spelled, spellings } from './testing/spills-secrets/spellings.ts'

const project = fileURLToPath(new URL('./testing/spills-secrets', import.meta.url))

/** Characters that are written in another way by JSON, URLs and HTML, and no word of the platform's own. */
const canaries = {
  CANARY_KEY: 'cAn4ry/Key+of "Zürich"',
  CANARY_TOKEN: 'c4naryT0kenOfUpstream',
  CANARY_URL: 'https://canary:c4naryUserinf0@upstream.invalid/v1',
  AWS_SECRET_ACCESS_KEY: 'c4nary/Cloud+Key0123456789abcdef',
  SLUICE_SMTP_PASSWORD: 'c4naryMailPassw0rd',
}
const before = Object.fromEntries(Object.keys(canaries).map((name) => [name, process.env[name]]))
beforeAll(() => void Object.assign(process.env, canaries))
afterAll(() => {
  for (const [name, value] of [...Object.entries(before), ['CANARY_STATE', undefined] as const])
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
})

test('no spelling of any secret of the platform is left in the state, in an answer or on the terminal', async () => {
  await using folder = await platformFolder([project], { workers: 1 })
  process.env.CANARY_STATE = folder.stateDir
  const notes: string[] = []
  const server = await openServerPlatform({ root: folder.root, note: (text) => void notes.push(text) })
  try {
    const { stateDir } = server.platform.settings
    const key = await keyOf(stateDir)
    const client = createClient(httpTransport(server.url, ownerToken(key)))
    const { id } = await client.pipelines.trigger({ params: { pipeline: 'spills' }, body: {} })
    await client.runs.wait(id)
    const run = await client.runs.show({ params: { run: id } })
    const stateOf = (name: string): string | undefined => run.taskRuns.find(({ task }) => task === name)?.state
    expect(['logs', 'children', 'answers', 'below', 'throws', 'cut', 'skips', 'tells'].map(stateOf)).toEqual([
      'success',
      'success',
      'success',
      'success',
      'failed',
      'failed',
      'skipped',
      'success',
    ])
    await server.platform.deliver()

    const headers = { authorization: `Bearer ${ownerToken(key)}` }
    const logOf = async (task: string): Promise<string> => {
      const answer = await fetch(`${server.url}/api/v1/runs/${id}/tasks/${task}/log`, { headers })
      return await answer.text()
    }
    const logs = await Promise.all(run.taskRuns.map(({ task }) => logOf(task)))
    const answers: Readonly<Record<string, unknown>> = {
      run,
      runs: await client.runs.list({ query: {} }),
      logs,
      errors: await client.pipelines.errors({ query: {} }),
      ledger: await client.ledger.list({ query: {} }),
      notifications: await client.notifications.list({ query: {} }),
      config: await client.config.list(),
      notes,
    }
    // All of it has passed by, and was hidden.
    for (const way of ['log ***', 'console ***', 'stdout ***', 'descriptor ***', 'child ***', 'buffer '])
      expect(logs.join('\n')).toContain(way)
    expect(JSON.stringify(answers.errors)).toContain('cannot be read with ***')

    const { owner, reader } = (JSON.parse(await readFile(join(stateDir, 'warehouses.json'), 'utf8')) as Passwords)['spills-secrets']
    const password = (await readFile(join(stateDir, 'postgres/password'), 'utf8')).trim()
    const { CANARY_URL, ...others } = canaries
    const secrets = [...Object.values(others), new URL(CANARY_URL).password, key, ownerToken(key), password, owner, reader]
    const wanted = secrets.flatMap(spelled)
    expect(wanted.length).toBeGreaterThanOrEqual(12 * secrets.length)
    for (const [name, answer] of Object.entries(answers)) expect([name, foundIn(JSON.stringify(answer), wanted)]).toEqual([name, []])
    // Half of the secret at the place where an error is cut.
    expect(JSON.stringify(run)).not.toContain(others.CANARY_KEY.slice(0, 8))
    await server.close()
    expect(await filesWith(stateDir, wanted, new Set(['key', 'warehouses.json', 'services.json', 'postgres/password']))).toEqual([])
  } finally {
    await server.close()
  }
})

test('the canary sees what is not hidden, in a file of any kind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice canary '))
  try {
    const binary = Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(spellings.base64('hunter22hunter22')), Buffer.from([200])])
    await writeFile(join(folder, 'rows'), binary)
    await writeFile(join(folder, 'key'), 'hunter22hunter22')
    expect(await filesWith(folder, spelled('hunter22hunter22'), new Set(['key']))).toEqual(['rows'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

interface Passwords {
  readonly 'spills-secrets': { readonly owner: string; readonly reader: string }
}

/** In the text, and in the text as JSON has it. */
const foundIn = (text: string, wanted: readonly string[]): readonly string[] =>
  wanted.filter((each) => text.includes(each) || text.includes(JSON.stringify(each).slice(1, -1)))

async function filesWith(root: string, wanted: readonly string[], keeps: ReadonlySet<string>, below = ''): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await readdir(join(root, below))) {
    const path = below === '' ? name : `${below}/${name}`
    const about = await lstat(join(root, path))
    if (about.isDirectory()) found.push(...(await filesWith(root, wanted, keeps, path)))
    else if (about.isFile() && !keeps.has(path)) {
      const bytes = await readFile(join(root, path))
      if (wanted.some((each) => bytes.includes(each))) found.push(path)
    }
  }
  return found
}
