import { page } from '../access/page.ts'

/** What stands at `/`: the ways to everything else for whoever is signed in. */
export const frontPage: string = page(`<h1>Sluice</h1>
<p>You are signed in. There is no console yet: the command line shows and runs everything.</p>
<pre>npx sluice pipelines list
npx sluice runs list
npx sluice --help</pre>
<p>The same as JSON, from this server:</p>
<ul>
<li><a href="/api/v1/pipelines">/api/v1/pipelines</a>: pipelines and their latest runs</li>
<li><a href="/api/v1/runs">/api/v1/runs</a>: runs, newest first</li>
<li><a href="/api/v1/ledger">/api/v1/ledger</a>: everything written</li>
<li><a href="/api/v1/lake/tables">/api/v1/lake/tables</a>: tables of the lake</li>
<li><a href="/api/openapi.json">/api/openapi.json</a>: the whole API (OpenAPI 3.1)</li>
</ul>
<form method="post" action="/logout"><button>Sign out</button></form>`)
