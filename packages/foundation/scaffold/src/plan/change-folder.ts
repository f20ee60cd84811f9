/** `cd` as a person types it: what a shell would read in the path is quoted, and a leading dash is not an option. */
export function changeFolder(folder: string, platform: NodeJS.Platform = process.platform): string {
  const path = folder.startsWith('-') ? `./${folder}` : folder
  if (/^[\w./-]+$/.test(path)) return `cd ${path}`
  return platform === 'win32' ? `cd "${path}"` : `cd '${path.replaceAll("'", "'\\''")}'`
}
