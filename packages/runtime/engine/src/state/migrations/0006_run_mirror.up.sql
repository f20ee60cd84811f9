-- Warehouses hold a copy of the runs that have ended (`sluice_runs`). `change` counts the ends of a run and their taking back; what of it the copy
-- has is in `mirrored`. A run below its count is to be copied, whoever asks and whenever: nothing is lost with a process.
alter table sluice.run
  add column change int not null default 0,
  add column mirrored int not null default 0;

create function sluice.count_change() returns trigger language plpgsql as $$
begin
  new.change := old.change + 1;
  return new;
end
$$;
create trigger run_ended before update on sluice.run for each row
when (old.ended_at is distinct from new.ended_at) execute function sluice.count_change();

update sluice.run set change = 1 where ended_at is not null;
create index run_unmirrored on sluice.run (id) where mirrored < change;
