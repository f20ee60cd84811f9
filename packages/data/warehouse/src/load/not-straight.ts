/** Why a load that set out straight goes through staging after all. Nothing of it is left. */
export class NotStraight extends Error {}
