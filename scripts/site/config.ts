import { slugOf } from './links.ts'
import type { Group } from './sidebar.ts'

/** What VitePress is told. It is not a dependency of the workspace, so the form is its own. */
export const siteConfig = (sidebar: readonly Group[]) => ({
  title: 'Sluice',
  description: 'The data platform in TypeScript',
  lang: 'en',
  // Read from any folder of any static host: pages are files, `errors/lake.conflict.html`.
  cleanUrls: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: { anchor: { slugify: slugOf }, toc: { slugify: slugOf }, headers: { slugify: slugOf } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar,
    nav: [
      { text: 'First pipeline', link: '/guide/first-pipeline' },
      { text: 'Recipes', link: '/guide/recipes' },
      { text: 'Why', link: '/guide/why' },
      { text: 'API', link: '/sluice' },
      { text: 'Errors', link: '/errors' },
    ],
    docFooter: { prev: 'Before', next: 'Next' },
  },
})
