((date_trunc('second', timestamp_import at time zone 'Europe/Paris'))::time)::text
