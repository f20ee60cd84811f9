/** The platform of a folder, as `sluice start` opens it. Prints `ready`; ends when its standard input does. */
import { enableCompileCache } from 'node:module'

// As the command does, before it loads anything.
enableCompileCache()
const { openServerPlatform } = await import('@sluice/platform')
const server = await openServerPlatform({ root: process.argv[2] ?? '' })
console.log('ready')
process.stdin.resume()
process.stdin.once('end', () => void server.close())
