import { parseArgs } from 'node:util'
import { requestErrors } from '@sluice/core'
import { isTemplate, type TemplateName, templateNames, templateSummaries } from '@sluice/scaffold'

export interface CreateLine {
  readonly folder: string | undefined
  readonly template: TemplateName | undefined
  readonly name: string | undefined
  /** The version, range or file of `sluice` to depend on. */
  readonly sluice: string | undefined
  readonly install: boolean
  readonly git: boolean
  readonly json: boolean
  readonly wants: 'project' | 'help' | 'version'
}

/** @throws `request.invalid` for an option that there is not, a template that there is not, a second folder */
export function readLine(args: readonly string[]): CreateLine {
  const { values, positionals } = parsed(args)
  const [folder, second] = positionals
  if (second !== undefined) throw wrong(`one folder is made, and "${second}" is a second`)
  const { template } = values
  if (template !== undefined && !isTemplate(template))
    throw wrong(`there is no template "${template}"; there are ${templateNames.join(', ')}`)
  return {
    folder,
    template,
    name: values.name,
    sluice: values.sluice,
    install: values['skip-install'] !== true,
    git: values['skip-git'] !== true,
    json: values.json === true,
    wants: values.help === true ? 'help' : values.version === true ? 'version' : 'project',
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        template: { type: 'string', short: 't' },
        name: { type: 'string' },
        sluice: { type: 'string' },
        'skip-install': { type: 'boolean' },
        'skip-git': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    throw wrong((error as Error).message.split('. ')[0] ?? 'the line is wrong')
  }
}

const wrong = (message: string) => requestErrors.invalid(message, { facts: { usage: true }, next: 'Add --help to see what there is.' })

export const help = `Usage: npm create sluice@latest [folder] -- [options]

A data platform of your own in a new folder: a project with a pipeline, its test, and all that runs it.

Options:
  -t, --template <name>  ${templateNames.map((name) => `${name}: ${templateSummaries[name]}`).join('\n                         ')}
  --name <name>          the name of the project; that of the folder unless given
  --sluice <version>     the version or the file of sluice to depend on
  --skip-install         write the files, and run no npm install
  --skip-git             begin no git repository
  --json                 the result as JSON on stdout, everything else on stderr
  -v, --version
  -h, --help

Examples:
  $ npm create sluice@latest my-platform
  $ npm create sluice@latest my-platform -- --template api
  $ npx create-sluice my-platform --template files --skip-install --json
`
