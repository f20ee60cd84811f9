/** What stands at `/`: the way to the API for whoever is signed in. */
export const frontPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem; color-scheme: light dark }</style>
<h1>Sluice</h1>
<p>You are signed in. This server answers at:</p>
<ul>
<li><a href="/api/v1/pipelines">/api/v1/pipelines</a>: pipelines and their latest runs</li>
<li><a href="/api/v1/runs">/api/v1/runs</a>: runs, newest first</li>
<li><a href="/api/v1/ledger">/api/v1/ledger</a>: everything written</li>
<li><a href="/api/v1/lake/tables">/api/v1/lake/tables</a>: tables of the lake</li>
<li><a href="/api/openapi.json">/api/openapi.json</a>: the whole API (OpenAPI 3.1)</li>
</ul>
<form method="post" action="/logout"><button>Sign out</button></form>
</html>
`
