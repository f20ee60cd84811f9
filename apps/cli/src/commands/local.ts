import type { Command } from '../cli/command.ts'
import { testModels } from './models/test.ts'
import { testPipeline } from './pipelines/test.ts'
import { backup } from './platform/backup.ts'
import { completion } from './platform/completion.ts'
import { demo } from './platform/demo.ts'
import { dev } from './platform/dev.ts'
import { doctor } from './platform/doctor.ts'
import { init } from './platform/init.ts'
import { login } from './platform/login.ts'
import { reset } from './platform/reset.ts'
import { restore } from './platform/restore.ts'
import { start } from './platform/start.ts'
import { validate } from './platform/validate.ts'
import { worker } from './platform/worker.ts'
import { convert } from './sources/convert.ts'
import { sniff } from './sources/sniff.ts'
import { testTask } from './tasks/test.ts'
import { changeOwnPassword } from './users/password.ts'
import { warehouseBackup } from './warehouse/backup.ts'

/** The commands that no operation stands behind, in the order in which the help shows them. */
export const localCommands: readonly Command[] = [
  init,
  demo,
  start,
  dev,
  login,
  worker,
  doctor,
  validate,
  backup,
  restore,
  reset,
  completion,
  testPipeline,
  testTask,
  testModels,
  sniff,
  convert,
  changeOwnPassword,
  warehouseBackup,
]
