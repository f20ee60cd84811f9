import { given } from '@sluice/core'
import type { Client } from '@sluice/serve/client'
import type { Known, Word } from './complete.ts'

type Names = (client: Client, known: Known) => Promise<readonly Word[]>

const inProject = ({ options }: Known) => ({ query: given({ project: options.project }) })

const pipelines: Names = async (client, known) =>
  (await client.pipelines.list(inProject(known))).items.map(({ name, description }) => ({ word: name, about: description ?? '' }))

const projects: Names = async (client) =>
  [...new Set((await client.pipelines.list()).items.map(({ project }) => project))].map((word) => ({ word, about: '' }))

const tasks: Names = async (client, known) => {
  const { pipeline } = known.args
  if (pipeline === undefined) return []
  const { spec } = await client.pipelines.show({ params: { pipeline }, ...inProject(known) })
  return spec.tasks.map(({ name, kind }) => ({ word: name, about: kind }))
}

const runs: Names = async (client, { args, options }) => {
  const query = given({ pipeline: args.pipeline, project: options.project, limit: 20 })
  return (await client.runs.list({ query })).items.map(({ id, pipeline, state }) => ({ word: id, about: `${pipeline}: ${state}` }))
}

const datasets =
  (...layers: readonly string[]): Names =>
  async (client, known) =>
    (await client.lake.tables(inProject(known))).items
      .filter(({ layer }) => layers.length === 0 || layers.includes(layer))
      .map(({ layer, name, kind }) => ({ word: `${layer}.${name}`, about: kind }))

const declared: Names = async (client, known) =>
  (await client.datasets.list(inProject(known))).items.map(({ name, description }) => ({ word: name, about: description ?? '' }))

const users: Names = async (client) => (await client.users.list()).items.map(({ username, role }) => ({ word: username, about: role }))

/** Only these can be queued again. */
const failedMessages: Names = async (client) =>
  (await client.notifications.list({ query: { state: 'failed' } })).items.map(({ key, subject }) => ({ word: key, about: subject ?? '' }))

const settings: Names = async (client) => (await client.config.list()).items.map(({ key, env }) => ({ word: key, about: env }))

const queries: Names = async (client, { args: { project } }) => {
  if (project === undefined) return []
  const { items } = await client.warehouse.queries({ params: { project } })
  return items.map(({ name, description }) => ({ word: `@${name}`, about: description ?? '' }))
}

/** By the name of an argument or option. */
export const namesOf: Readonly<Record<string, Names>> = {
  project: projects,
  pipeline: pipelines,
  task: tasks,
  run: runs,
  dataset: datasets(),
  declared,
  'dataset-or-path': datasets(),
  from: datasets(),
  gold: datasets('gold'),
  into: datasets('silver'),
  username: users,
  key: settings,
  message: failedMessages,
  sql: queries,
}
