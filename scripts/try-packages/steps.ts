/** In the order in which a newcomer takes them. */
import { create } from './create.ts'
import { delta } from './delta.ts'
import { dev } from './dev.ts'
import { guide } from './guide.ts'
import { init } from './init.ts'
import { install } from './install.ts'
import { pull } from './pull.ts'
import type { Step } from './step.ts'
import { types } from './types.ts'

export const steps: readonly Step[] = [install, create, init, pull, guide, types, dev, delta]
