/** A thread that looks at one part of a text. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Part, surveyPart } from './survey.ts'

parentPort?.postMessage(await surveyPart(workerData as Part, undefined))
