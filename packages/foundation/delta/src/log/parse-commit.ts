import { corrupt } from '../errors.ts'
import type { Action } from '../protocol/actions.ts'
import { checkOnce, toAction } from '../protocol/check-action.ts'

/** Parses the lines of a commit file. `where` names the file in errors. */
export function parseCommit(text: string, where: string): Action[] {
  const actions: Action[] = []
  for (const line of withoutMark(text).split('\n')) {
    if (line.trim() === '') continue
    actions.push(toAction(parseLine(line, where), where))
  }
  checkOnce(actions, where)
  return actions
}

/** Some editors and tools of Windows begin a text with a byte order mark. */
function withoutMark(text: string): string {
  return text.startsWith('\u{FEFF}') ? text.slice(1) : text
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw corrupt(`${where} contains a line that is not JSON.`, { file: where }, cause)
  }
}
