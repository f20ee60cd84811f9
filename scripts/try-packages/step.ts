/** What a newcomer does with the packages, one step a file. */
import type { World } from './world.ts'

export interface Step {
  /** As it is named on the command line. */
  readonly name: string
  /** What holds when it passes, as a sentence. */
  readonly about: string
  /** Steps that must have passed before. */
  readonly after?: readonly string[]
  /** @throws with what was seen, when it does not hold */
  run(world: World): Promise<void>
}
