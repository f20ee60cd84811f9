-- How many snapshots a day has, and what its runs left out; runs come to the warehouse when they have ended.
select (select coalesce(max(instantanes), 0) from ${days} where jour = ${day}::date)::integer as snapshots,
  count(*) filter (where state = 'failed')::integer as failed, coalesce(sum(rows_quarantined), 0)::integer as quarantined
from public.sluice_runs
where pipeline = 'crypto_data_pipeline' and (logical_time at time zone ${timeZone})::date = ${day}::date
