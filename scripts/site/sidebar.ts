import type { Page } from './pages.ts'

export interface Item {
  readonly text: string
  readonly link: string
}
export interface Group {
  readonly text: string
  readonly collapsed: boolean
  readonly items: readonly Item[]
}

interface Part {
  readonly text: string
  /** In this order; or all pages of a folder. */
  readonly pages: readonly string[] | { readonly folder: string }
}

/** What a reader comes for first stands first. */
const parts: readonly Part[] = [
  {
    text: 'Begin',
    pages: [
      'guide/first-pipeline.md',
      'guide/recipes.md',
      'guide/history.md',
      'guide/why.md',
      'guide/coming-from.md',
      'guide/from-dbt.md',
      'systems.md',
    ],
  },
  {
    text: 'Write pipelines',
    pages: [
      'guide/authoring.md',
      'guide/models.md',
      'guide/sources.md',
      'guide/lake.md',
      'guide/warehouse.md',
      'guide/quality.md',
      'guide/schedules.md',
      'guide/coincap.md',
    ],
  },
  {
    text: 'Run them',
    pages: [
      'operations.md',
      'guide/notifications.md',
      'guide/backup.md',
      'guide/other-machines.md',
      'security.md',
      'reporting.md',
      'versions.md',
      'changelog.md',
    ],
  },
  { text: 'Reference', pages: ['sluice.md', 'api.md', 'errors.md', 'glossary.md'] },
  { text: 'Each error', pages: { folder: 'errors/' } },
  { text: 'Inside', pages: ['architecture.md', 'rules.md', 'open-points.md', 'contributing.md'] },
  { text: 'Requirements', pages: { folder: 'requirements/' } },
  { text: 'Decisions', pages: { folder: 'decisions/' } },
]

/** @throws where a page has no place, or a place no page: each page is found from each other one. */
export function sidebarOf(pages: readonly Page[], titleAt: (page: string) => string): readonly Group[] {
  const all = pages.map(({ to }) => to).sort()
  const groups = parts.map(({ text, pages: own }) => ({
    text,
    collapsed: !Array.isArray(own),
    items: ('folder' in own ? all.filter((page) => page.startsWith(own.folder)) : own).map((page) => {
      if (!all.includes(page)) throw new Error(`the sidebar names ${page}, which is not a page`)
      return { text: titleAt(page), link: `/${page.replace(/\.md$/, '')}` }
    }),
  }))
  const placed = new Set(groups.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`)))
  const lost = all.filter((page) => !placed.has(page))
  if (lost.length > 0) throw new Error(`no part of the sidebar has ${lost.join(', ')}: give it a place in scripts/site/sidebar.ts`)
  return groups
}
