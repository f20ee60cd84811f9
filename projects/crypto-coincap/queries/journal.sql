-- The newest twenty writes to the warehouse and runs.
select "timestamp", operation, records_affected, status from pipeline_logs order by "timestamp" desc limit 20
