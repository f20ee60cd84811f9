/**
 * A thread that looks at one part of a text. No module of a thread waits for a promise: one that is stopped in the moment in which its
 * module goes on takes the process with it, by a check of V8.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { type Part, surveyPart } from './survey.ts'

void surveyPart(workerData as Part, undefined).then((found) => parentPort?.postMessage(found))
