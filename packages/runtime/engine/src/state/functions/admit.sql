-- Admits waiting runs of a pipeline while there is room. Returns how many tasks became runnable.
create or replace function sluice.admit(pipeline_id int) returns int
language plpgsql set enable_seqscan = off as $$
declare
  room int;
  next_run text;
  released int := 0;
begin
  perform 1 from sluice.pipeline where id = pipeline_id for no key update;
  select coalesce((def.spec ->> 'maxActiveRuns')::int, 1) into room
  from sluice.pipeline p join sluice.definition def on def.id = p.definition where p.id = pipeline_id;
  room := room - (select count(*) from sluice.run r where r.pipeline = pipeline_id and r.state in ('queued', 'running') and r.admitted);
  while room > 0 loop
    select r.id into next_run from sluice.run r
    where r.pipeline = pipeline_id and r.state in ('queued', 'running') and not r.admitted
    order by r.created_at, r.logical_time, r.id limit 1 for no key update;
    exit when next_run is null;
    update sluice.run set admitted = true where id = next_run;
    released := released + sluice.evaluate(next_run);
    if cardinality(sluice.complete(array[next_run])) = 0 then
      room := room - 1;
    end if;
  end loop;
  return released;
end
$$;
