import { sharedFiles, templateFiles } from '../generated/templates.ts'

/** What a project begins with, in the order in which people are asked. */
export const templateSummaries = {
  blank: 'one small pipeline with made-up rows, to put your own in its place',
  api: 'a JSON API with pages and a key -> lake -> warehouse, a check and a mail',
  files: 'CSV files of a folder -> lake -> warehouse',
} as const

export type TemplateName = keyof typeof templateSummaries
export const templateNames = Object.keys(templateSummaries) as readonly TemplateName[]

export const isTemplate = (name: string): name is TemplateName => (templateNames as readonly string[]).includes(name)

/** The name of the project in the files of the templates. */
const placeholder = /my-platform/g

export interface TemplateFiles {
  /** What makes the project; all of it or nothing is written. */
  readonly own: Readonly<Record<string, string>>
  /** What a folder may have already. */
  readonly around: Readonly<Record<'.gitignore' | '.env.example' | 'README.md' | 'AGENTS.md' | 'tsconfig.json', string>>
}

export function filesOf(template: TemplateName, name: string): TemplateFiles {
  const { 'env.example': envExample = '', 'next.md': next = '', ...own } = templateFiles[template]
  const named = (text: string): string => text.replaceAll(placeholder, name)
  return {
    own: Object.fromEntries(Object.entries(own).map(([path, text]) => [path, named(text)])),
    around: {
      '.gitignore': sharedFiles.gitignore,
      '.env.example': envExample,
      'README.md': named(sharedFiles['README.md']).replace('<!-- next -->\n', next),
      'AGENTS.md': named(sharedFiles['AGENTS.md']),
      'tsconfig.json': sharedFiles['tsconfig.json'],
    },
  }
}
