import type { SourceFile } from './imports.ts'

/**
 * The rooms of a package are the folders directly in its `src`, and the files directly in it by their names. Its manifest names them in
 * their order, lowest first (`"sluice": { "rooms": [...] }`), and a file imports only from its own room and those before it; `index` comes
 * last without being named. Tests, their cases and what stands in `testing` or `interop` import what they like, and no product file imports
 * them.
 */
export interface House {
  readonly name: string
  readonly rooms: readonly string[] | undefined
  /** Of `src`, to which their paths are relative. */
  readonly files: readonly SourceFile[]
}

/** Every arrow and room that the package's own manifest does not allow, as a sentence. Pure. */
export function roomFaults({ name, rooms, files }: House): readonly string[] {
  if (rooms === undefined) return []
  const order = [...rooms, 'index']
  const product = files.filter(({ path }) => !isTest(path))
  const present = new Set(product.map(({ path }) => roomOf(path)))
  const arrows = arrowsOf(product)
  const named = new Set([...present, ...arrows.map(({ to }) => roomOf(to))])
  return [
    ...[...named].filter((room) => !order.includes(room)).map((room) => `${name}: the manifest does not name the room ${room}`),
    ...rooms.filter((room) => !named.has(room)).map((room) => `${name}: the manifest names the room ${room}, which is not there`),
    ...arrows
      .filter(({ from, to }) => order.indexOf(roomOf(to)) > order.indexOf(roomOf(from)) && order.includes(roomOf(from)))
      .map(({ from, to }) => `${name}: ${from} -> ${to}: the room ${roomOf(from)} comes before ${roomOf(to)}`),
  ]
}

/** The packages of several folders whose manifests state no order. */
export function unstatedFaults(houses: readonly House[]): readonly string[] {
  return houses
    .filter((each) => each.rooms === undefined && isLarge(each))
    .map(({ name }) => `${name}: state the order of its folders in its manifest: "sluice": { "rooms": [...] }`)
}

/** Imports of a `*.test.ts` by any file, and of what only tests may import by a product file. Paths are relative to the package. */
export function testImportFaults(name: string, files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap((to) => {
      if (/\.test\.tsx?$/.test(to))
        return [`${name}: ${path} -> ${to}: only the runner loads a *.test.ts; call what tests share *.cases.ts`]
      return isTest(to) && !isTest(path) ? [`${name}: ${path} -> ${to}: a product file imports a test`] : []
    }),
  )
}

interface Arrow {
  readonly from: string
  readonly to: string
}

/** The imports that cross from one room to another. */
function arrowsOf(files: readonly SourceFile[]): readonly Arrow[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((to) => !to.startsWith('.') && roomOf(to) !== roomOf(path)).map((to) => ({ from: path, to })),
  )
}

/** Two folders and more: a package of one folder, or of files alone, has no order to state. */
function isLarge({ files }: House): boolean {
  const folders = files.filter(({ path }) => path.includes('/') && !isTest(path)).map(({ path }) => roomOf(path))
  return new Set(folders).size > 1
}

function roomOf(path: string): string {
  const [first = '', ...rest] = path.split('/')
  return rest.length > 0 ? first : first.replace(/\.[a-z]+$/, '')
}

/** Among the scripts, the newcomer who tries the packages is a test. */
export function isTest(path: string): boolean {
  return /\.(test|cases|faults)\.tsx?$|(^|\/)(testing|interop)\/|^try-packages(\/|\.ts$)/.test(path)
}
