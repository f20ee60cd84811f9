/**
 * `npm run docs:site`: the site, from `docs/` and the pages of the root, in `dist/site/html`; then every link of it. VitePress is installed
 * beside it: who installs Sluice gets none of that.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../workspace.ts'
import { deadLinks } from './html.ts'
import { type Page, pagesOf, pageText, titleOf } from './pages.ts'
import { sidebarOf } from './sidebar.ts'

const work = join(root, 'dist/site')
const [source, html] = [join(work, 'pages'), join(work, 'html')]

/** Runs a program in the folder of the site; ends with it where it fails. */
function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: work, stdio: 'inherit', shell: process.platform === 'win32' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const files = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).map((file) => file.replaceAll('\\', '/'))
const pages = pagesOf(files)
const textOf = ({ from }: Page): string => readFileSync(join(root, from), 'utf8')
const titles = new Map(pages.map((page) => [page.to, titleOf(textOf(page))]))
const titleAt = (page: string): string => titles.get(page) ?? page

rmSync(source, { recursive: true, force: true })
rmSync(html, { recursive: true, force: true })
for (const page of pages) write(join(source, page.to), pageText(page, textOf(page), pages))
const decisions = pages
  .filter(({ to }) => to.startsWith('decisions/'))
  .map(({ to }) => `- [${titleAt(to)}](${to.slice('decisions/'.length)})`)
write(join(source, 'decisions/index.md'), `# Decisions\n\n${decisions.join('\n')}\n`)
write(join(source, 'index.md'), readFileSync(join(root, 'scripts/site/home.md'), 'utf8'))
for (const picture of globSync('docs/**/*.svg', { cwd: root })) cpSync(join(root, picture), join(source, picture.replace(/^docs./, '')))
for (const file of globSync('docs/*.{json,svg}', { cwd: root }))
  cpSync(join(root, file), join(source, 'public', file.replace(/^docs./, '')))
write(join(source, '.vitepress/sidebar.json'), JSON.stringify(sidebarOf(pages, titleAt)))
write(
  join(source, '.vitepress/config.ts'),
  `import { siteConfig } from '../../../../scripts/site/config.ts'
import sidebar from './sidebar.json'
export default { ...siteConfig(sidebar), outDir: '../html' }
`,
)

for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, 'scripts/site', file), join(work, file))
run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
run('npx', ['--no-install', 'vitepress', 'build', 'pages'])

const built = new Map(
  globSync('**/*.*', { cwd: html }).map((file) => [
    file.replaceAll('\\', '/'),
    file.endsWith('.html') ? readFileSync(join(html, file), 'utf8') : '',
  ]),
)
const dead = deadLinks(built)
for (const fault of dead) console.error(`dead link: ${fault}`)
console.log(`${[...built.keys()].filter((file) => file.endsWith('.html')).length} pages in dist/site/html, ${dead.length} dead links`)
if (dead.length > 0) process.exitCode = 1
