import { basename, relative, resolve } from 'node:path'
import { command } from '../../cli/command.ts'

export const init = command({
  path: 'init',
  summary: 'Put a project into this folder, or another, beside what is there; nothing is overwritten',
  args: [{ name: 'folder', description: 'the folder; this one unless given', optional: true }],
  options: [
    { flags: '-t, --template <name>', description: 'what it begins with', choices: ['blank', 'api', 'files'] },
    { flags: '--name <name>', description: 'the name of the project; that of the folder unless given' },
    { flags: '--sluice <version>', description: 'the version or the file of sluice to depend on, where package.json names none' },
    { flags: '--skip-install', description: 'write the files, and run no npm install' },
  ],
  examples: ['sluice init', 'sluice init --template api', 'sluice init data --name sales --template files --skip-install'],
  run: async ({ output }, line) => {
    const scaffold = await import('@sluice/scaffold')
    const { sluiceVersion } = await import('../../cli/version.ts')
    const folder = resolve(line.optionalArg('folder') ?? '.')
    const now = scaffold.readFolder(folder)
    const name = scaffold.checkedName(line.text('name') ?? scaffold.nameOfFolder(basename(folder)))
    const given = line.text('template') ?? ''
    const template = scaffold.isTemplate(given) ? given : output.interactive ? await scaffold.askTemplate() : 'blank'
    const sluice = scaffold.versionOrFile(line.text('sluice') ?? `^${sluiceVersion}`)
    const plan = scaffold.planProject({ name, template, sluice, folder: now })
    await scaffold.writeProject(folder, plan)
    const manager = scaffold.packageManagerOf(now.names)
    const installs = !line.flag('skipInstall') && manager === 'npm'
    if (installs) {
      output.note('npm install')
      await scaffold.installPackages(folder, sluice)
    }
    const there = relative('.', folder)
    const inside = there === '' ? '' : `${scaffold.changeFolder(there.length <= folder.length ? there : folder)}, then `
    const extended = plan.extends.map(({ path, added }) => ({ path, added }))
    const files = plan.writes.map(({ path }) => path)
    output.result({ folder, name, template, files, extended, kept: plan.keeps, installed: installs }, () =>
      [
        ...files.map((path) => `new    ${path}`),
        ...extended.map(({ path, added }) => `added  ${path}: ${added.join(', ')}`),
        ...plan.keeps.map((path) => `kept   ${path}`),
        `${name} begins with the template ${template}. Next: ${inside}${installs ? '' : `${manager} install, then `}npx sluice demo --once`,
      ].join('\n'),
    )
    return 0
  },
})
