import { long } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { writeShop } from './shop.ts'
import { type ChaosWorld, openWorld } from './world.ts'

const commands = [['start'], ['pipelines', 'list']] as const
let broke = 0

/** What both commands say; in the short form one of them, in turn. */
async function broken(
  change: (world: ChaosWorld) => Promise<void>,
): Promise<readonly { code: number | null; stdout: string; error: { code: string; message: string; next: string } }[]> {
  // No command gets as far as a database.
  await using world = await openWorld({ projects: ['projects/shop'], withoutCluster: true })
  await writeShop(world)
  await change(world)
  const results = []
  const turn = broke++ % commands.length
  for (const args of long ? commands : commands.slice(turn, turn + 1)) {
    const { code, stdout, stderr } = await world.sluice(...args, '--json')
    const line = stderr.trim().split('\n').at(-1) ?? ''
    results.push({
      code,
      stdout,
      error: (line.startsWith('{')
        ? (JSON.parse(line) as { error: { code: string; message: string; next: string } })
        : { error: { code: line, message: '', next: '' } }
      ).error,
    })
  }
  expect(world.processes()).toEqual([])
  expect(await world.postmaster()).toBeUndefined()
  return results
}

test('a wrong number of assets ends start and one-shot commands before they do anything, and names its variable', async () => {
  await using world = await openWorld({ env: { COINCAP_ASSET_COUNT: 'many', COINCAP_API_KEY: 'x' }, withoutCluster: true })
  for (const args of [['start'], ['pipelines', 'run', 'crypto_data_pipeline'], ['validate']]) {
    const { code, stdout, stderr } = await world.sluice(...args, '--json')
    expect([args, code, stdout]).toEqual([args, 1, ''])
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: { code: string; next: string } }
    expect(error).toMatchObject({ code: 'config.invalid', next: expect.stringContaining('COINCAP_ASSET_COUNT') })
  }
  expect((await world.sluice('config', 'explain', 'COINCAP_ASSET_COUNT')).code, 'what helps to find it works').toBe(0)
  expect(await world.postmaster()).toBeUndefined()
})

test.each<readonly [string, string, string, RegExp]>([
  ['a line of .env without "="', '.env', 'GOOD=1\nthis is not a setting\n', /\.env:2: /],
  ['a line of .env that begins with no name', '.env', '# a comment\n\n1BAD=x\n', /\.env:3: /],
  ['a quote of .env that does not end', '.env', 'A=1\nB="open\n', /\.env:2: /],
  ['a setting of .env of the wrong shape', '.env', 'A=1\nSLUICE_WORKERS=many\n', /\.env:2: /],
  [
    'a platform with a wrong setting',
    'sluice.config.ts',
    "import { platform } from 'sluice'\n\nexport default platform({\n  projects: ['projects/shop'],\n  port: 'web',\n})\n",
    /sluice\.config\.ts:5/,
  ],
  [
    'a platform with an unknown setting',
    'sluice.config.ts',
    "import { platform } from 'sluice'\nexport default platform({\n  projects: ['projects/shop'],\n  prot: 1,\n})\n",
    /sluice\.config\.ts:4/,
  ],
  [
    'a configuration that does not parse',
    'sluice.config.ts',
    "import { platform } from 'sluice'\nexport default platform({\n  projects: [,\n",
    /sluice\.config\.ts:\d/,
  ],
  ['a configuration without a platform', 'sluice.config.ts', 'export default { projects: 3 }\n', /sluice\.config\.ts:1/],
  [
    'a project of the wrong shape',
    'projects/shop/sluice.config.ts',
    "import { project } from 'sluice'\n\nexport default project({\n  name: 'shop',\n  timeZone: 'Mars/Olympus',\n})\n",
    /projects\/shop\/sluice\.config\.ts:5/,
  ],
])('%s ends every command with 1, file and line', async (_, file, text, place) => {
  for (const { code, stdout, error } of await broken((world) => world.write(file, text))) {
    expect([code, stdout]).toEqual([1, ''])
    expect(error.message).toMatch(place)
    expect(error.next).toMatch(/\w/)
  }
})
