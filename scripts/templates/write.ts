import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.ts'
import { generated, generateTemplates } from './generate.ts'

writeFileSync(join(root, generated), generateTemplates())
console.log(`wrote ${generated}`)
