import { enableCompileCache } from 'node:module'

// Stripping types and compiling is most of a short command's time: kept between runs.
enableCompileCache()
await import('./cli/main.ts')
