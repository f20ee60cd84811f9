import { findRoot, serverHere } from '@sluice/platform/state'
import { type Completion, complete, type Known, type Tree, type Word } from './complete.ts'

/** A person at a prompt does not wait longer for a name. */
const patienceMs = 2_000

/** Told to a shell that shall offer files. */
const filesLine = ':files'

/** What a shell is told: a word with what it is about, a tab between them, one a line. */
export async function answer(tree: Tree, words: readonly string[]): Promise<string> {
  const completion = complete(tree, words)
  if (completion.kind === 'files') return `${filesLine}\n`
  const found = completion.kind === 'words' ? completion.words : await names(completion, words.at(-1) ?? '')
  return found.map(({ word, about }) => `${word}\t${about.replaceAll(/\s+/g, ' ')}\n`).join('')
}

/** Only a server that runs is asked: a platform is not opened to complete a word. Where anything fails, no names are offered. */
async function names(asked: Extract<Completion, { kind: 'names' }>, current: string): Promise<readonly Word[]> {
  try {
    const server = await serverOf(asked.known.options)
    if (server === undefined) return []
    const [{ createClient, httpTransport }, { namesOf }] = await Promise.all([import('@sluice/serve/client'), import('./names.ts')])
    const transport = httpTransport(server.url, server.token)
    const signal = AbortSignal.timeout(patienceMs)
    const client = createClient((path, init) => transport(path, { ...init, signal }))
    const { behind = '' } = asked
    return ((await namesOf[asked.of]?.(client, asked.known)) ?? [])
      .map(({ word, about }) => ({ word: `${behind}${word}`, about }))
      .filter(({ word }) => word.startsWith(current))
  } catch {
    return []
  }
}

async function serverOf(options: Known['options']): Promise<{ readonly url: string; readonly token: string | undefined } | undefined> {
  const url = options.url ?? process.env.SLUICE_URL
  if (url) return { url, token: options.token ?? process.env.SLUICE_TOKEN }
  return await serverHere(findRoot(process.cwd(), process.env), process.env)
}
