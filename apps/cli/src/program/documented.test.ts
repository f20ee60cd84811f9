import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

test.each(['README.md', ...globSync('docs/guide/*.md', { cwd: root })])('every command that %s shows exists, with its options', (file) => {
  const lines = documentedCommands(readFileSync(join(root, file), 'utf8'))
  expect(lines.length).toBeGreaterThan(2)
  expect(lines.flatMap((line) => faultOf(line) ?? [])).toEqual([])
})

test('a command or option that does not exist is found', () => {
  expect(documentedCommands('```bash\nnpx sluice frobnicate   # now\n```')).toEqual(['frobnicate'])
  expect(faultOf('frobnicate')).toBe('no command: frobnicate')
  expect(faultOf('runs list --frob')).toBe('runs list has no --frob')
})
