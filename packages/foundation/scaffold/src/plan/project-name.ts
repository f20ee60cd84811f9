import { requestErrors } from '@sluice/core'

/** Longer ones do not fit with what is made of them: a database, roles. */
const longest = 50

/**
 * npm refuses a package that depends on one of its own name; the next are folders of Node and npm, and the last databases that each
 * PostgreSQL has: what lies in a template lies in each database made later.
 */
const taken = ['sluice', 'create-sluice', 'node_modules', 'favicon', 'postgres', 'template0', 'template1']

/** The name as npm and Sluice both take it. @throws `request.invalid` with what to write */
export function checkedName(name: string): string {
  const fault = faultOf(name)
  if (fault === undefined) return name
  throw requestErrors.invalid(`"${name}" is not the name of a project: ${fault}`, {
    facts: { name },
    next: 'Use lower-case letters, digits and hyphens, beginning with a letter: --name my-platform.',
  })
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > longest) return `it has more than ${longest} characters`
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return 'npm and databases take lower-case letters, digits and hyphens, beginning with a letter'
  if (name.startsWith('pg-')) return 'PostgreSQL keeps names that begin with pg for itself'
  return taken.includes(name) ? 'the name is taken' : undefined
}

/** `My Platform` -> `my-platform`. What has no letter gives an empty name. */
export const nameOfFolder = (folder: string): string =>
  folder
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .replace(/-+$/, '')
