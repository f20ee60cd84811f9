import { isAbsolute, join } from 'node:path'
import { corrupt, unsupported } from '../errors.ts'

/** Encodes a path under the table's root for `add.path`: each segment is percent-encoded once (PROTOCOL.md, Add File: "a URI"). */
export function encodePath(relative: string): string {
  return relative
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll('%3D', '='))
    .join('/')
}

/** Nearly all paths equal their decoded form, and a table may have very many paths. */
const plainPath = /^[\w=][\w\-=/]*(\.[\w\-=]+)*$/

/**
 * Decodes `add.path` exactly once. The result is relative to the root, or absolute for a file outside of it, as in a shallow clone. Throws
 * `log.corrupt` for a path that leaves the root by `..`: no writer makes such a path.
 */
export function decodePath(path: string): string {
  if (plainPath.test(path)) return path
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(path)
  if (scheme !== null && scheme[1] !== 'file') throw unsupported(`absolute path with scheme ${scheme[1]}`, 'only local files are read')
  const bare = scheme === null ? path : (scheme[2] ?? '').replace(/^\/+/, '/')
  const decoded = decodeOnce(bare, path)
  if (decoded === '' || decoded.endsWith('/') || decoded.includes('\0') || decoded.split('/').includes('..'))
    throw corrupt(`The path ${path} in the log does not name a file of the table.`, { path })
  if (scheme !== null && !isAbsolute(decoded))
    throw corrupt(`The path ${path} in the log is a file: URI without an absolute path.`, { path })
  return decoded
}

function decodeOnce(bare: string, path: string): string {
  try {
    return decodeURIComponent(bare)
  } catch (cause) {
    throw corrupt(`The path ${path} in the log is not a valid URI.`, { path }, cause)
  }
}

/** One key for all spellings of one file: `file:/x`, `file:///x`, `/x`, and absolute paths under the root. */
export function fileKey(path: string, root: string, deletionVectorId: string | undefined): string {
  if (deletionVectorId === undefined && plainPath.test(path)) return path
  const decoded = decodePath(path)
  const inside = decoded.startsWith(`${root}/`) ? decoded.slice(root.length + 1) : decoded
  return deletionVectorId === undefined ? inside : `${inside}\n${deletionVectorId}`
}

/** The path at which DuckDB finds the file. */
export function absolutePath(path: string, root: string): string {
  const decoded = decodePath(path)
  return isAbsolute(decoded) ? decoded : join(root, decoded)
}
