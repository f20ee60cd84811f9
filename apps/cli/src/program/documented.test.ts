import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstWords } from '@sluice/serve/terminal'
import { expect, test } from 'vitest'
import { commands } from '../commands/tree.ts'

const root = fileURLToPath(import.meta.resolve('../../../../'))
const everywhere = ['--json', '--project', '--url', '--token', '--no-color', '--help']

/** `npx sluice ...` lines of the code blocks of a document, without their comments. */
function documentedCommands(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  const lines = blocks.flatMap((block) => block.split('\n'))
  return lines.flatMap((line) => /^npx sluice (.*?)(?:\s+#.*)?$/.exec(line.trim())?.[1] ?? [])
}

/** What is wrong with a command line, or `undefined`. */
function faultOf(line: string): string | undefined {
  const words = [...line.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word)
  const found = commands.filter(({ path }) => path.split(' ').every((part, index) => words[index] === part))
  const [command] = found.sort((a, b) => b.path.length - a.path.length)
  if (command === undefined) return `no command: ${line}`
  const known = [...(command.options ?? []).flatMap(({ flags }) => flags.match(/--?[\w-]+/g) ?? []), ...everywhere]
  const stray = words.filter((word) => /^--?[a-z]/.test(word) && !known.includes(word))
  return stray.length === 0 ? undefined : `${command.path} has no ${stray.join(', ')}`
}

/** What a command that is typed as it stands lacks, or `undefined`. */
function lackOf(line: string): string | undefined {
  const words = [...line.replace(/\s[|<>].*/, '').matchAll(/"[^"]*"|\S+/g)].map(([word]) => word)
  const [command] = commands
    .filter(({ path }) => path.split(' ').every((part, index) => words[index] === part))
    .sort((a, b) => b.path.length - a.path.length)
  if (command === undefined || words.includes('--help')) return undefined
  const all = [...(command.options ?? []).map(({ flags }) => flags), '--project <name>', '--url <url>', '--token <token>']
  const takesValue = (word: string | undefined): boolean =>
    all.some((flags) => flags.includes('<') && flags.split(/[ ,]+/).includes(word ?? ''))
  const given = words
    .slice(command.path.split(' ').length)
    .filter((word, index, rest) => !word.startsWith('-') && !takesValue(rest[index - 1]))
  const needed = (command.args ?? []).filter(({ optional }) => optional !== true)
  const missing = needed.slice(given.length).map(({ name }) => name)
  return missing.length === 0 ? undefined : `${command.path} lacks ${missing.join(', ')}`
}

test.each(['README.md', 'docs/operations.md', ...globSync('docs/guide/*.md', { cwd: root })])(
  'every command that %s shows exists, with its options and the arguments that it needs',
  (file) => {
    const lines = documentedCommands(readFileSync(join(root, file), 'utf8'))
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.flatMap((line) => faultOf(line) ?? lackOf(line) ?? [])).toEqual([])
  },
)

/** `sluice ...` in the running text of a document. */
const inlineCommands = (text: string): readonly string[] =>
  [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`(?:npx )?sluice ([^`]+)`/g)].map(([, command = '']) =>
    command.replaceAll(/\s+/g, ' '),
  )

test('every command that the pages on errors and on running a Sluice name in their text exists', () => {
  const pages = ['docs/operations.md', ...globSync('docs/errors/*.md', { cwd: root })]
  const named = pages.flatMap((file) => inlineCommands(readFileSync(join(root, file), 'utf8')).map((line) => ({ file, line })))
  expect(named.length).toBeGreaterThan(40)
  // A noun alone, or a part of a command that stays up, is told by its first words.
  expect(named.filter(({ line }) => faultOf(line) !== undefined && !isCommand(line))).toEqual([])
  expect(inlineCommands('Say `sluice frob it` now').map(faultOf)).toEqual(['no command: frob it'])
})

/** Commands that errors, hints and log lines name: `"sluice runs list"`, `run: sluice doctor`, `(sluice lake read NAME)`. */
const namedCommands = (source: string): readonly string[] =>
  [...source.matchAll(/(?:"|: |\()sluice ([a-z]+(?: [a-z]+)?)/g)].map(([, command = '']) => command)

const isCommand = (named: string): boolean => commands.some(({ path }) => path === named || path === named.split(' ')[0])

test('every command that a sentence of the product names exists', () => {
  const sources = globSync('{packages,apps,projects}/**/*.ts', { cwd: root, exclude: (path) => path.includes('node_modules') })
  const named = sources
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => namedCommands(readFileSync(join(root, file), 'utf8')).map((command) => ({ file, command })))
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ command }) => !isCommand(command))).toEqual([])
})

test('a sentence that names a command which does not exist is found', () => {
  expect(namedCommands('next: \'Create it with "sluice create".\'')).toEqual(['create'])
  expect(['create', 'runs frob', 'runs list', 'doctor and'].map(isCommand)).toEqual([false, false, true, true])
})

test('a command or option that does not exist is found', () => {
  expect(documentedCommands('```bash\nnpx sluice frobnicate   # now\n```')).toEqual(['frobnicate'])
  expect(faultOf('frobnicate')).toBe('no command: frobnicate')
  expect(faultOf('runs list --frob')).toBe('runs list has no --frob')
  expect(
    ['lake verify', 'lake verify --export 3', 'lake verify gold.x --export 3', 'tasks logs weather > log', 'runs list'].map(lackOf),
  ).toEqual(['lake verify lacks gold', 'lake verify lacks gold', undefined, 'tasks logs lacks task', undefined])
})

test('advice knows the first word of each command', () => {
  const words = new Set(commands.map(({ path }) => path.split(' ')[0] ?? ''))
  expect([...words].filter((word) => !(firstWords as readonly string[]).includes(word))).toEqual([])
})
