/**
 * The lines of a stack that a project's own code stands in, each at the file that its author edits: a run has its code from
 * `versions/<hash>/<folder>`, and an editor that opens that copy changes nothing. The texts of causes stay between them.
 *
 * @param folders those of the projects, as whoever reads would open them; two of one name are told apart by nothing in a stack
 */
export function ownFrames(stack: string, folders: readonly string[]): readonly string[] {
  const lines: string[] = []
  let cause: string | undefined
  for (const line of stack.split('\n')) {
    if (line.startsWith(causedBy)) cause = line.trim()
    const own = ownFrame(line, folders)
    if (own === undefined || lines.includes(own)) continue
    if (cause !== undefined) lines.push(cause)
    cause = undefined
    lines.push(own)
  }
  return lines
}

/** A place as the engine writes it in `next`, `shop/pipelines/sales.ts:18:24`, in the project's folder. */
export function ownPlace(place: string, folders: readonly string[]): string {
  const [folder = '', ...rest] = place.split('/')
  const [named, another] = folders.filter((each) => each === folder || each.endsWith(`/${folder}`))
  return [named === undefined || another !== undefined ? folder : named, ...rest].join('/')
}

const causedBy = 'caused by: '

function ownFrame(line: string, folders: readonly string[]): string | undefined {
  const found = /^\s*at (?:(.*) \(|(async ))?(?:file:\/\/)?\/.*?\/versions\/[0-9a-f]{16}\/(.+:\d+:\d+)\)?$/.exec(line)
  const [, name, awaited = '', place] = found ?? []
  if (place === undefined || /(?:^|\/)node_modules\//.test(place)) return undefined
  const where = ownPlace(readable(place), folders)
  return name === undefined ? `at ${awaited}${where}` : `at ${name} (${where})`
}

/** A module's address has its blanks as `%20`. */
function readable(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
