import type { Instant } from '@sluice/core'
import type { PipelineSummary, RunDetail, RunSummary } from '@sluice/engine'
import { escaped, page } from '../access/page.ts'
import { moment, relative, took } from '../format/words.ts'
import { type Failed, type Overview, sentenceOf } from './overview-facts.ts'

/** Who looks, for the head of the page. */
export interface Viewer {
  readonly name: string
  readonly now: Instant
}

export function overviewPage(overview: Overview, viewer: Viewer): string {
  const { needs, errors, running, settled, pipelines } = overview
  const { now } = viewer
  return page(
    `${head(viewer)}
<h1>${sentenceOf(overview)}</h1>
<p class="quiet">As of ${at(now, now, moment(now))}, times in UTC. <a href="/">Look again</a></p>
${card(
  'What failed',
  [...needs.map((failed) => failedRow(failed, now)), ...errors.map(errorRow), ...settled.map((run) => settledRow(run, now))],
  'Nothing failed lately.',
)}
${card(
  'What runs',
  running.map((run) => runningRow(run, now)),
  'Nothing runs at the moment.',
)}
${pipelines.length === 0 ? noPipelines : pipelineTable(pipelines, now)}
${waysIn}`,
    'wide',
  )
}

const head = ({ name }: Viewer): string =>
  `<form method="post" action="/logout" class="who"><span class="quiet">Signed in as ${escaped(name)}</span> <button class="plain">Sign out</button></form>`

const card = (title: string, rows: readonly string[], empty: string): string =>
  `<section class="card"><h2>${title}${rows.length === 0 ? '' : ` <span class="quiet">${rows.length}</span>`}</h2>
${rows.length === 0 ? `<p class="quiet">${empty}</p>` : `<ul>\n${rows.join('\n')}\n</ul>`}</section>`

const row = (state: string, body: string, right: string): string =>
  `<li>${badge(state)}<div class="body">${body}</div><span class="quiet right">${right}</span></li>`

const badge = (state: string): string => `<span class="st ${escaped(state)}">${escaped(state.replaceAll('_', ' '))}</span>`

const nameOf = ({ project, pipeline, id }: Pick<RunSummary, 'project' | 'pipeline' | 'id'>): string =>
  `<a href="/runs/${encodeURIComponent(id)}"><b>${escaped(pipeline)}</b></a> <span class="quiet">${escaped(project)}</span>`

/** With the exact instant behind it. */
const at = (instant: Instant | null, now: Instant, text = relative(instant, now)): string =>
  instant === null ? '-' : `<time datetime="${new Date(instant).toISOString()}" title="${moment(instant)}">${text}</time>`

const failedRow = ({ run, cause }: Failed, now: Instant): string =>
  row(
    'failed',
    `${nameOf(run)}<br>${
      cause === null
        ? 'Its tasks say why.'
        : `<code>${escaped(cause.task)}</code> ${escaped(cause.message)}${cause.next === null ? '' : `<br><span class="quiet">${escaped(cause.next)}</span>`}`
    }`,
    at(run.endedAt, now),
  )

const settledRow = (run: RunSummary, now: Instant): string =>
  row('settled', `${nameOf(run)}<br><span class="quiet">It failed, and has ended well since.</span>`, at(run.endedAt, now))

const errorRow = ({ project, file, line, message, next }: Overview['errors'][number]): string =>
  row(
    'failed',
    `<b>${escaped(file)}${line === null ? '' : `:${line}`}</b> <span class="quiet">${escaped(project)}</span><br>${escaped(message)}${
      next === null ? '' : `<br><span class="quiet">${escaped(next)}</span>`
    }`,
    'does not load',
  )

const runningRow = (run: RunSummary, now: Instant): string => {
  const all = Object.values(run.tasks).reduce((sum, count) => sum + count, 0)
  const done = (run.tasks.success ?? 0) + (run.tasks.skipped ?? 0)
  return row(
    run.state,
    `${nameOf(run)}<br><span class="quiet">${done} of ${all} tasks done</span>`,
    run.startedAt === null ? 'waits' : took(run.startedAt, null, now),
  )
}

function pipelineTable(pipelines: readonly PipelineSummary[], now: Instant): string {
  const rows = pipelines.map(({ project, name, schedule, paused, nextTick, lastRun }) => {
    const last =
      lastRun === null ? '<span class="quiet">never ran</span>' : `${badge(lastRun.state)} ${at(lastRun.endedAt ?? lastRun.startedAt, now)}`
    const title =
      lastRun === null ? `<b>${escaped(name)}</b>` : `<a href="/runs/${encodeURIComponent(lastRun.id)}"><b>${escaped(name)}</b></a>`
    const next = paused ? 'paused' : at(nextTick, now)
    return `<tr><td>${title}<br><span class="quiet">${escaped(project)}</span></td><td>${last}</td><td class="right">${next}</td><td class="more"><code>${escaped(schedule ?? 'by hand')}</code></td></tr>`
  })
  return `<section class="card"><h2>Pipelines <span class="quiet">${pipelines.length}</span></h2>
<table><thead><tr><th>Pipeline</th><th>Last run</th><th>Next</th><th class="more">Schedule</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></section>`
}

const noPipelines = `<section class="card"><h2>Pipelines</h2>
<p class="quiet">Here they will stand, with their last and their next run. A file below <code>pipelines/</code> of a project makes one;
<code>npx sluice validate</code> says whether it loads.</p></section>`

const waysIn = `<section class="card"><h2>Do something about it</h2>
<p class="quiet">There is no console yet. Where Sluice runs, the command line does everything:</p>
<pre>npx sluice runs show RUN              # why a run failed
npx sluice tasks logs PIPELINE TASK   # what the task wrote
npx sluice tasks clear PIPELINE TASK  # run it again, and what comes after it
npx sluice --help</pre>
<p class="quiet">For programs: <a href="/api/openapi.json">the whole API</a> (OpenAPI 3.1).</p></section>`

export function runPage(run: RunDetail, viewer: Viewer): string {
  const { now } = viewer
  const failed = run.taskRuns.filter(({ state, error }) => state === 'failed' && error !== null)
  const tasks = run.taskRuns.map(
    (task) =>
      `<tr><td><b>${escaped(task.task)}</b></td><td>${badge(task.state)}</td><td class="more">${took(task.startedAt, task.endedAt, now)}</td><td>${
        task.attempt === 0 ? '' : `<a href="/runs/${encodeURIComponent(run.id)}/tasks/${encodeURIComponent(task.task)}">log</a>`
      }</td></tr>`,
  )
  return page(
    `${head(viewer)}
<h1>${escaped(run.pipeline)} <span class="quiet">${escaped(run.project)}</span></h1>
<p>${badge(run.state)} <span class="quiet">run <code>${escaped(run.id)}</code>, ${escaped(run.trigger)}, of ${at(run.logicalTime, now, moment(run.logicalTime))}, took ${took(run.startedAt, run.endedAt, now)}</span></p>
${failed.map(({ task, error }) => faultOf(task, error?.message ?? '', error?.next)).join('')}
<section class="card"><h2>Tasks <span class="quiet">${run.taskRuns.length}</span></h2>
<table><thead><tr><th>Task</th><th>State</th><th class="more">Took</th><th>Log</th></tr></thead>
<tbody>
${tasks.join('\n')}
</tbody></table></section>
<p><a href="/">To the front page</a></p>`,
    'wide',
  )
}

const faultOf = (task: string, message: string, next: string | undefined): string =>
  `<p role="alert"><code>${escaped(task)}</code> <strong>${escaped(message)}</strong> ${escaped(next ?? '')}</p>\n`

/** @param log its last lines, as text */
export const logPage = (run: string, task: string, log: string, viewer: Viewer): string =>
  page(
    `${head(viewer)}
<h1>${escaped(task)} <span class="quiet">log</span></h1>
<p><a href="/runs/${encodeURIComponent(run)}">To the run</a></p>
<pre>${escaped(log)}</pre>`,
    'wide',
  )
