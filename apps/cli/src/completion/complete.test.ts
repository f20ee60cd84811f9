import { nameOfOption } from '@sluice/serve/terminal'
import { expect, test } from 'vitest'
import { globalOptions } from '../cli/global-options.ts'
import { commands, nouns } from '../commands/tree.ts'
import { complete, type Tree } from './complete.ts'

const tree: Tree = { commands, nouns, everywhere: globalOptions }
const wordsFor = (...words: readonly string[]): readonly string[] => {
  const completion = complete(tree, words)
  return completion.kind === 'words' ? completion.words.map(({ word }) => word) : []
}

test('every command is reached word by word, from what its beginning leaves open', () => {
  for (const { path } of commands) {
    const [first = '', second] = path.split(' ')
    expect(wordsFor(first.slice(0, 1))).toContain(first)
    if (second !== undefined) expect(wordsFor(first, second.slice(0, 1))).toContain(second)
  }
})

test('every option of every command is offered once, its choices behind it, numbers left to the person', () => {
  for (const { path, options } of commands) {
    for (const option of options) {
      const long = option.flags.match(/--[\w-]+/)?.[0] ?? ''
      expect(wordsFor(...path.split(' '), '--')).toContain(long)
      if (!option.flags.includes('...')) expect(wordsFor(...path.split(' '), ...filled(option.flags), '--')).not.toContain(long)
      if (option.choices !== undefined) expect(wordsFor(...path.split(' '), long, '')).toEqual(option.choices)
      if (option.type !== undefined) expect(complete(tree, [...path.split(' '), long, ''])).toEqual({ kind: 'words', words: [] })
    }
  }
})

const filled = (flags: string): readonly string[] => [flags.match(/--[\w-]+/)?.[0] ?? '', ...(flags.includes('<') ? ['x'] : [])]

test.each<[readonly string[], readonly string[]]>([
  [['lake', 'o'], ['optimize']],
  [['lake', 'read', 'silver.x', '--format', 'c'], ['csv']],
  [['lake', 'read', 'silver.x', '--fo'], ['--format']],
  [['--json', 'lake', 'o'], ['optimize']],
  [['--project', 'lake', 'lake', 'o'], ['optimize']],
  [['users', 'role', 'ada', 'e'], ['editor']],
  [['lake', 'read', 'silver.x', '--format=c'], ['--format=csv']],
  [['lake', 'read', '--format=csv', 'silver.x', '--fo'], []],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['runs', '--h'], ['--help']],
  [['frobnicate', ''], []],
  [['runs', 'show', 'one', ''], []],
])('behind %j fits %j', (words, wanted) => {
  expect(wordsFor(...words)).toEqual(wanted)
})

test.each<[readonly string[], string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
  [['pipelines', 'show', ''], 'pipeline', {}, {}],
  [['tasks', 'logs', 'sales', ''], 'task', { pipeline: 'sales' }, {}],
  [['tasks', 'logs', 'sales', '--run', ''], 'run', { pipeline: 'sales' }, {}],
  [['tasks', 'logs', '-f', 'sales', ''], 'task', { pipeline: 'sales' }, {}],
  [['warehouse', 'sql', 'shop', '@'], 'sql', { project: 'shop' }, {}],
  [['lake', 'history', '--project', 'shop', ''], 'dataset', {}, { project: 'shop' }],
  [['runs', 'list', '--project', ''], 'project', {}, {}],
  [['notify', 'retry', 'a', 'b', ''], 'message', { message: 'a' }, {}],
  [['config', 'explain', ''], 'key', {}, {}],
])('behind %j stands the name of a %s', (words, of, args, options) => {
  expect(complete(tree, words)).toEqual({ kind: 'names', of, known: { args, options } })
})

test('a name behind = is the value of the option', () => {
  const known = { args: {}, options: { url: 'http://host:1' } }
  expect(complete(tree, ['runs', 'list', '--url=http://host:1', '--project=s'])).toEqual({
    kind: 'names',
    of: 'project',
    known,
    behind: '--project=',
  })
})

test('files are left to the shell', () => {
  expect(complete(tree, ['lake', 'read', 'silver.x', '-o', ''])).toEqual({ kind: 'files' })
  expect(complete(tree, ['lake', 'read', './da'])).toEqual({ kind: 'files' })
})

test('an option is known by its long name', () => {
  expect(nameOfOption({ flags: '-f, --follow' })).toBe('follow')
  expect(nameOfOption({ flags: '--no-wait' })).toBe('wait')
  expect(nameOfOption({ flags: '--cluster-by <column...>' })).toBe('clusterBy')
})
