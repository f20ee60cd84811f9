-- How the run before this one ended; runs come to the warehouse when they have ended.
select state from public.sluice_runs
where pipeline = ${pipeline} and run <> ${run} and state in ('success', 'failed')
order by logical_time desc, ended_at desc
limit 1
