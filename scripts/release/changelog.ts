/** A changelog in the form of Keep a Changelog, as a value. Pure. */
export const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const
export type Kind = (typeof kinds)[number]

export interface Section {
  /** `Unreleased`, or a version. */
  readonly title: string
  readonly date: string | undefined
  readonly entries: Readonly<Partial<Record<Kind, readonly string[]>>>
  /** All below the heading, as it stands. */
  readonly text: string
}

export interface Changelog {
  readonly sections: readonly Section[]
  readonly faults: readonly string[]
}

const heading = /^## (.+)$/m

export function readChangelog(text: string): Changelog {
  const parts = text.split(/^(?=## )/m).slice(1)
  const read = parts.map(readSection)
  const titles = read.map(({ section }) => section.title)
  return {
    sections: read.map(({ section }) => section),
    faults: [
      ...(titles[0] === 'Unreleased' ? [] : ['the first section is not "## Unreleased"']),
      ...titles.filter((title, index) => titles.indexOf(title) !== index).map((title) => `${title} has two sections`),
      ...read.flatMap(({ faults }) => faults),
    ],
  }
}

export const sectionOf = (text: string, title: string): Section | undefined =>
  readChangelog(text).sections.find((section) => section.title === title)

/** What is under Unreleased becomes the section of a version. */
export function withRelease(text: string, version: string, date: string): string {
  return text.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} - ${date}`)
}

function readSection(part: string): { readonly section: Section; readonly faults: readonly string[] } {
  const [, title = '', date] = /^(\S+)(?: - (\d{4}-\d{2}-\d{2}))?$/.exec(heading.exec(part)?.[1] ?? '') ?? []
  const text = part.replace(heading, '').trim()
  const groups = text.split(/^(?=### )/m).filter((group) => group.trim() !== '')
  const entries: Partial<Record<Kind, readonly string[]>> = {}
  const faults: string[] = []
  if (title === '') faults.push(`"${part.split('\n')[0]}" is neither Unreleased nor a version with its date`)
  if (title !== 'Unreleased' && title !== '' && date === undefined) faults.push(`${title} has no date`)
  for (const group of groups) {
    const name = /^### (.+)$/m.exec(group)?.[1]
    const kind = kinds.find((each) => each === name)
    const bullets = group.match(/^- .+(?:\n {2}.+)*/gm) ?? []
    if (kind === undefined) faults.push(`${title}: "${name ?? group.split('\n')[0]}" is none of ${kinds.join(', ')}`)
    else if (entries[kind] !== undefined) faults.push(`${title} has ${kind} twice`)
    else if (bullets.length === 0) faults.push(`${title}: ${kind} is empty`)
    else entries[kind] = bullets
  }
  return { section: { title, date, entries, text }, faults }
}
