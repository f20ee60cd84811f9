import { describe, expect, it, test } from 'vitest'
import { packageManagerOf } from './package-manager.ts'
import { type FolderNow, planProject, refuseUsedFolder } from './plan-project.ts'
import { checkedName, nameOfFolder } from './project-name.ts'
import { templateNames } from './templates.ts'

const folderWith = (files: Readonly<Record<string, string>>): FolderNow => ({
  names: Object.keys(files),
  hasCode: Object.keys(files).some((path) => path.endsWith('.ts') || path.endsWith('.js')),
  read: (path) => files[path],
})
const plan = (files: Readonly<Record<string, string>> = {}, template: 'blank' | 'api' | 'files' = 'api') =>
  planProject({ name: 'shop', template, sluice: '^1.2.0', folder: folderWith(files) })
const written = (path: string, files = {}): string => plan(files).writes.find((each) => each.path === path)?.text ?? ''

describe.each(templateNames)('the template %s', (template) => {
  it('is a project with its name in it, and all that one needs around it', () => {
    const { writes, extends: grown, keeps } = plan({}, template)
    const paths = writes.map(({ path }) => path)
    for (const path of ['package.json', 'tsconfig.json', '.gitignore', '.env.example', 'README.md', 'AGENTS.md', 'sluice.config.ts'])
      expect(paths).toContain(path)
    for (const kind of [/^datasets\/.*\.ts$/, /^pipelines\/[^.]*\.ts$/, /^pipelines\/.*\.test\.ts$/, /^migrations\/0001_.*\.up\.sql$/])
      expect(paths.some((path) => kind.test(path))).toBe(true)
    const texts = writes.map(({ text }) => text).join('\n')
    expect(texts).not.toMatch(/my-platform|<!--/)
    expect(texts).toContain("name: 'shop'")
    expect([grown, keeps]).toEqual([[], []])
  })
})

describe('a folder with code', () => {
  const scripts = { test: 'jest', start: 'node server.js' }
  const manifest = JSON.stringify({ name: 'acme', version: '3.0.0', scripts, dependencies: { typescript: '5.0.0' } })

  it('keeps its package.json, which gets what is missing, with scripts under names that are free', () => {
    const { writes, extends: grown } = plan({ 'package.json': manifest })
    expect(writes.map(({ path }) => path)).not.toContain('package.json')
    const next = JSON.parse(grown.find(({ path }) => path === 'package.json')?.text ?? '')
    expect(next).toMatchObject({
      name: 'acme',
      version: '3.0.0',
      type: 'module',
      scripts: { ...scripts, dev: 'sluice dev', 'sluice:start': 'sluice start', 'sluice:test': 'vitest run pipelines' },
      dependencies: { sluice: '^1.2.0', typescript: '5.0.0' },
    })
    expect(next.devDependencies).not.toHaveProperty('typescript')
    expect(grown[0]?.added).toContain('script sluice:test')
  })

  it('is told of those scripts by the names that they have there', () => {
    const pages = ['README.md', 'AGENTS.md'].map((path) => written(path, { 'package.json': manifest })).join('\n')
    expect(pages).toContain('`npm run sluice:test`')
    expect(pages).toContain('`npm run sluice:start`')
    expect(pages).toContain('`npm run dev`')
    expect(pages).not.toMatch(/`npm (?:test|start)`/)
    expect(written('AGENTS.md')).toContain('`npm test`')
  })

  it('becomes one of modules where npm init has said otherwise and there is no code yet', () => {
    const { extends: grown } = plan({ 'package.json': '{ "name": "acme", "type": "commonjs" }' })
    expect(grown[0]?.added).toContain('"type": "module"')
    expect(JSON.parse(grown[0]?.text ?? '')).toMatchObject({ name: 'acme', type: 'module' })
  })

  it('keeps the indent of its package.json, which may begin with a byte order mark', () => {
    const { extends: grown } = plan({ 'package.json': `\ufeff{\r\n\t"name": "acme",\r\n\t"type": "module"\r\n}\r\n` })
    expect(grown[0]?.text).toContain('{\n\t"name": "acme",\n\t"type": "module",\n\t"scripts": {\n\t\t"dev"')
  })

  it('keeps what it has, gets lines that .gitignore lacks, and nothing a second time', () => {
    const before = { '.gitignore': 'dist\n.env', 'README.md': 'Acme', 'tsconfig.json': '{}', 'AGENTS.md': 'Be kind' }
    const { writes, extends: grown, keeps } = plan(before)
    expect(grown).toEqual([
      { path: '.gitignore', before: 'dist\n.env', text: 'dist\n.env\nnode_modules/\n.sluice/\n', added: ['node_modules/', '.sluice/'] },
    ])
    expect(keeps).toEqual(['README.md', 'AGENTS.md', 'tsconfig.json'])
    const after = Object.fromEntries([...writes, ...grown].map(({ path, text }) => [path, text]))
    const { 'sluice.config.ts': _, ...around } = Object.fromEntries(Object.entries(after).filter(([path]) => !path.includes('/')))
    const again = plan(around)
    expect(again.extends).toEqual([])
  })

  it.each([
    ['a project', { 'sluice.config.ts': '' }, /there is a sluice.config.ts/],
    ['a file of the template', { 'pipelines/releases.ts': '' }, /would overwrite pipelines\/releases.ts/],
    ['modules of the other kind', { 'package.json': '{ "type": "commonjs" }', 'index.js': '' }, /is CommonJS/],
    ['code without a word on its kind', { 'package.json': '{}', 'index.js': '' }, /is CommonJS/],
    ['a package.json that is none', { 'package.json': '{' }, /package.json cannot be read/],
  ])('that has %s is refused with a way out', (_, files, message) => {
    const failed = (): unknown => plan(files)
    expect(failed).toThrow(message)
    expect(failed).toThrow(expect.objectContaining({ code: 'request.invalid', next: expect.stringContaining('sluice init FOLDER') }))
  })
})

test('what git and editors have put into a folder does not count, also where .git is a file', () => {
  expect(() => refuseUsedFolder('shop', { ...folderWith({}), names: ['.git', '.vscode/'] })).not.toThrow()
})

test('a new project wants an empty folder, and names what is in one that is not', () => {
  refuseUsedFolder('shop', folderWith({}))
  refuseUsedFolder('shop', folderWith({ '.git/': '' }))
  expect(() => refuseUsedFolder('shop', folderWith({ a: '', b: '', c: '', d: '', 'e/': '', f: '' }))).toThrow(
    'the folder shop is not empty: a, b, c, d and 2 more',
  )
})

test('values from outside of a template stand in its .env.example', () => {
  expect(written('.env.example')).toContain('GITHUB_TOKEN=')
})

test('the name of a folder becomes one that npm and PostgreSQL take', () => {
  expect(['My Platform', 'données_2026', '2nd', '@acme/data', '---'].map(nameOfFolder)).toEqual([
    'my-platform',
    'donnees-2026',
    'nd',
    'acme-data',
    '',
  ])
  expect(checkedName('my-platform')).toBe('my-platform')
  for (const name of ['', 'Shop', '2nd', 'a b', 'sluice', 'node_modules', `a${'b'.repeat(50)}`])
    expect(() => checkedName(name)).toThrow(/name/)
})

test.each(['postgres', 'template1', 'pg-stat', 'sluice'])(
  '%s is not the name of a project: PostgreSQL or Sluice has a database or roles so called',
  (name) => {
    expect(() => checkedName(name)).toThrow(`"${name}" is not the name of a project`)
  },
)

test('a folder whose packages others install keeps its own lock file', () => {
  expect([[], ['package-lock.json'], ['pnpm-lock.yaml'], ['yarn.lock'], ['bun.lock']].map(packageManagerOf)).toEqual([
    'npm',
    'npm',
    'pnpm',
    'yarn',
    'bun',
  ])
})
