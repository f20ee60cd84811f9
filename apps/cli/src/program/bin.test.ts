import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commands } from '../commands/tree.ts'
import { loadedBy, ofAServer, partsIn } from '../testing/loaded-by.ts'

const bin = fileURLToPath(import.meta.resolve('../../bin/sluice.js'))
const sluice = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', SLUICE_URL: '', SLUICE_TOKEN: '' },
  })
  return { status, stdout, stderr }
}

describe('help', () => {
  test('goes to stdout with exit code 0 and names every noun', () => {
    const { status, stdout } = sluice('--help')
    expect(status).toBe(0)
    for (const noun of new Set(commands.map(({ path }) => path.split(' ')[0]))) expect(stdout).toContain(noun)
  })

  test('of a command names arguments, options and examples', () => {
    const { status, stdout } = sluice('pipelines', 'trigger', '--help')
    expect(status).toBe(0)
    expect(stdout).toContain('--wait')
    expect(stdout).toContain('Examples:')
    expect(stdout).toContain('$ sluice pipelines trigger crypto_data_pipeline --wait')
  })

  test.each([
    [['help'], ['--help']],
    [
      ['help', 'pipelines'],
      ['pipelines', '--help'],
    ],
    [
      ['help', 'pipelines', 'trigger'],
      ['pipelines', 'trigger', '--help'],
    ],
  ])('%j shows what %j shows', (asked, known) => {
    const [help, expected] = [sluice(...asked), sluice(...known)]
    expect(help).toEqual({ status: 0, stdout: expected.stdout, stderr: '' })
    expect(expected.stdout).toContain('Usage: sluice')
  })

  test('no command is without examples, and each path stands once', () => {
    for (const { path, examples } of commands) expect([path, examples.length > 0]).toEqual([path, true])
    expect(new Set(commands.map(({ path }) => path)).size).toBe(commands.length)
  })

  test('whose reader leaves early ends without an error', () => {
    const line = `"$1" "$2" --help | true; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', line, 'bash', process.execPath, bin], { encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['0\n', ''])
  })

  test('no noun is without a description', () => {
    const { stdout } = sluice('--help')
    for (const noun of new Set(commands.filter(({ path }) => path.includes(' ')).map(({ path }) => path.split(' ')[0]))) {
      expect(stdout).not.toMatch(new RegExp(`^ +${noun} +${noun}$`, 'm'))
    }
  })

  test('loads nothing heavy', () => {
    const { modules } = loadedBy(['--help'])
    expect(partsIn(modules, ['/node_modules/commander/'])).toHaveLength(1)
    expect(partsIn(modules, [...ofAServer, '/node_modules/zod/'])).toEqual([])
  })

  test.each([
    ['runs', 'list'],
    ['pipelines', 'list'],
    ['lake', 'tables'],
    ['users', 'list'],
  ])('%s %s towards a server loads its own operation and nothing of a server', (noun, verb) => {
    const { modules } = loadedBy([noun, verb, '--url', 'http://127.0.0.1:1'])
    expect(partsIn(modules, [`/operations/${noun}/${verb}.ts`, '/operations/lake/optimize.ts'])).toEqual([`/operations/${noun}/${verb}.ts`])
    expect(partsIn(modules, ofAServer)).toEqual([])
  })
})

describe('a wrong command line ends with 2 and says what is wrong on stderr', () => {
  test.each([
    [['pipelines', 'lst'], 'Did you mean list?'],
    [['help', 'pipelnes'], 'unknown command "pipelnes" (did you mean pipelines?)'],
    [['help', 'pipelines', 'zzz'], 'unknown command "pipelines zzz" (there are '],
    [['lake', 'read', 'x', '--version', 'latest'], '"latest" is not a whole number'],
    [['lake', 'read', 'x', '--format', 'xml'], 'json, csv, parquet'],
    [['sources', 'sniff', 'x', '--format', 'cvs'], 'Did you mean csv?'],
    [['users', 'role', 'ada', 'viewr'], 'Did you mean viewer?'],
    [['runs', 'list', '--bogus'], "unknown option '--bogus'"],
    [['tasks', 'logs', 'only-a-pipeline'], "missing required argument 'task'"],
    [['pipelines', 'backfill', 'x'], 'needs --start and --end'],
    [['start', '--port', '70000'], '70000 is not a port'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['migrate'], "unknown command 'migrate' (did you mean warehouse migrate?)"],
    [['nonsense', '--help'], 'unknown command "nonsense"'],
    [['pipelines', 'lst', '--help'], 'did you mean list?'],
  ])('%j', (args, words) => {
    const { status, stdout, stderr } = sluice(...args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(words)
  })

  test.each([
    [['--json'], 'no command is named'],
    [['runs', 'list', '--bogus', '--json'], "unknown option '--bogus'"],
    [['--json', 'pipelines', 'lst'], "unknown command 'lst' (Did you mean list?)"],
    [['lake', 'read', 'x', '--version', 'latest', '--json'], '"latest" is not a whole number'],
    [['pipelines', 'backfill', 'x', '--json'], 'needs --start and --end'],
  ])('%j gives programs one JSON line', (args, words) => {
    const { status, stdout, stderr } = sluice(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'request.invalid', message: expect.stringContaining(words), facts: { usage: true } },
    })
  })
})

describe('a failure ends with 1', () => {
  const nowhere = 'http://127.0.0.1:1'

  test('for people with what to do next', () => {
    const { status, stdout, stderr } = sluice('runs', 'list', '--url', nowhere)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `error server.unreachable  no answer from ${nowhere}\nnext   Check the address, and that "npx sluice start" runs there.\n`,
    )
  })

  test('for programs as one JSON line on stderr, wherever --json stands', () => {
    for (const args of [
      ['runs', 'list', '--url', nowhere, '--json'],
      ['--json', '--url', nowhere, 'runs', 'list'],
    ]) {
      const { status, stdout, stderr } = sluice(...args)
      expect([status, stdout]).toEqual([1, ''])
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'server.unreachable', kind: 'retryable', facts: { url: nowhere } } })
    }
  })
})
